//! A client of a query API: a form goes to the service, and XML comes back.

use aws_smithy_query::QueryWriter;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};

use super::operation::{Api, Refusal, operation, operation_of, post, useless};
use super::{Element, Incomplete, Session};
use crate::failure::Failure;
use crate::message::message;

/// So many pages are read of one list. More would be an answer that never ends.
const PAGES: usize = 20;

/// What distinguishes one query API from another.
#[derive(Debug)]
pub(crate) struct QueryApi {
    pub(crate) api: Api,
    pub(crate) version: &'static str,
    /// The parameter that asks for the next page, and the element that names it.
    pub(crate) next_page: (&'static str, &'static str),
}

/// Parameters of a request, by name.
pub(crate) type Parameters = Vec<(String, String)>;

pub(crate) struct QueryClient {
    api: &'static QueryApi,
    session: Session,
    operation: Operation<String, Element, Refusal>,
}

impl QueryClient {
    pub(crate) fn new(api: &'static QueryApi, session: &Session) -> Self {
        Self { api, session: session.clone(), operation: operation(&api.api, session.config(), request, answer) }
    }

    /// The answer to an action, which is named as in an IAM policy: `ec2:DescribeSubnets`.
    pub(crate) async fn call(&self, action: &'static str, parameters: &Parameters) -> Result<Element, Failure> {
        let operation = operation_of(action);
        let mut form = String::new();
        let mut writer = QueryWriter::new(&mut form, operation, self.api.version);
        for (name, value) in parameters {
            writer.prefix(name).string(value);
        }
        writer.finish();
        let answer = self.session.call(self.api.api.name, operation, self.operation.invoke(form)).await?;
        // IAM puts a result into the answer, and EC2 does not.
        Ok(answer.child(&format!("{operation}Result")).cloned().unwrap_or(answer))
    }

    /// All items of a list, of all pages.
    pub(crate) async fn list<T>(
        &self,
        action: &'static str,
        mut parameters: Parameters,
        list: &'static str,
        read: impl Fn(&Element) -> Result<T, Incomplete>,
    ) -> Result<Vec<T>, Failure> {
        let (parameter, element) = self.api.next_page;
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let page = self.call(action, &parameters).await?;
            // A list that is empty is there nonetheless.
            page.child(list).ok_or_else(|| self.incomplete(action, &Incomplete(list)))?;
            for item in page.items(list) {
                found.push(read(item).map_err(|missing| self.incomplete(action, &missing))?);
            }
            let Some(next) = page.text(element) else { return Ok(found) };
            parameters.retain(|(name, _)| name != parameter);
            parameters.push((parameter.to_owned(), next.to_owned()));
        }
        Err(useless(action, message!("the answer has more than {PAGES} pages")))
    }

    /// An answer without something that it has to have.
    pub(crate) fn incomplete(&self, action: &'static str, missing: &Incomplete) -> Failure {
        self.api.api.incomplete(action, missing)
    }
}

fn request(form: String) -> Result<HttpRequest, BoxError> {
    post("application/x-www-form-urlencoded", form)
}

fn answer(response: &HttpResponse) -> Result<Element, OrchestratorError<Refusal>> {
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    let parsed = Element::parse(&body);
    if response.status().is_success() {
        return parsed.map_err(|error| OrchestratorError::response(error.into()));
    }
    // Whoever stands in between may refuse a call without XML.
    Err(OrchestratorError::operation(refusal(&parsed.unwrap_or_default())))
}

/// From `<Response><Errors><Error>`, which is EC2's form, or `<ErrorResponse><Error>`, which is IAM's.
fn refusal(answer: &Element) -> Refusal {
    let Some(error) = answer.child("Errors").unwrap_or(answer).child("Error") else { return Refusal::new(None, None) };
    // A text that differs each time would be written into the status each time.
    let id = ["RequestID", "RequestId"].into_iter().find_map(|name| answer.text(name));
    let message =
        error.text("Message").map(|message| id.map_or_else(|| message.to_owned(), |id| message.replace(id, "…")));
    Refusal::new(error.text("Code"), message.as_deref())
}

#[cfg(test)]
mod tests;
