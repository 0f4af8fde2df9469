//! One way to call Kubernetes: the time limit, what a refusal means, and the hint about rights.

use crate::message::{cut, message};
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// A call to Kubernetes that failed.
#[derive(Debug)]
pub struct CallError {
    doing: String,
    /// `None`: it took too long.
    cause: Option<kube::Error>,
}

/// Makes a call within its time limit. `doing` names it in messages, such as "listing pods".
///
/// # Errors
/// What the API server answered, or that it did not.
pub(crate) async fn call<T>(
    doing: impl Into<String>,
    limit: Duration,
    call: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, CallError> {
    match tokio::time::timeout(limit, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(cause)) => Err(CallError::new(doing, cause)),
        Err(_) => Err(CallError { doing: doing.into(), cause: None }),
    }
}

impl CallError {
    /// `doing` failed for this cause.
    pub fn new(doing: impl Into<String>, cause: kube::Error) -> Self {
        Self { doing: doing.into(), cause: Some(cause) }
    }

    /// The answer of the API server, if there was one.
    pub fn answer(&self) -> Option<&kube::core::Status> {
        match &self.cause {
            Some(kube::Error::Api(answer)) => Some(answer),
            _ => None,
        }
    }

    /// The HTTP status of the answer.
    pub fn code(&self) -> Option<u16> {
        self.answer().map(|answer| answer.code)
    }

    /// The operator lacks a right, which does not pass by itself.
    pub fn is_refused(&self) -> bool {
        matches!(self.code(), Some(401 | 403))
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doing = &self.doing;
        match &self.cause {
            None => f.write_str(&message!("{doing} took too long")),
            Some(kube::Error::Api(answer)) if self.is_refused() => f.write_str(&forbidden(&answer.message)),
            Some(kube::Error::Api(answer)) => {
                f.write_str(&message!("{doing} failed: {} ({})", cut(&answer.message, ANSWER), answer.code))
            }
            Some(error) => f.write_str(&message!("{doing} failed: {}", cut(&root(error), ANSWER))),
        }
    }
}

impl std::error::Error for CallError {}

/// What lies at the bottom, such as a connection that is refused, behind what failed for it.
fn root(error: &kube::Error) -> String {
    let mut bottom: &dyn std::error::Error = error;
    while let Some(source) = bottom.source() {
        bottom = source;
    }
    let (top, bottom) = (error.to_string(), bottom.to_string());
    if top.contains(&bottom) { top } else { format!("{top}: {bottom}") }
}

/// How much of an answer a message has room for.
const ANSWER: usize = 160;

/// A refusal of the API server, with what to do about it. Of its long text, what the operator may not do is enough.
pub(crate) fn forbidden(refusal: &str) -> String {
    match refused(refusal) {
        Some(what) => message!("the operator may not {what}: compare its roles with deploy/rbac"),
        None => message!("{}: compare the operator's roles with deploy/rbac", cut(refusal, ANSWER)),
    }
}

/// What a refusal of the API server refuses, such as `list resource pods at the cluster scope`.
pub(crate) fn refused(refusal: &str) -> Option<String> {
    let (_, what) = refusal.split_once("\" cannot ")?;
    Some(what.replace(" in API group \"\"", "").replace('"', ""))
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn answer(code: u16, message: &str) -> kube::Error {
        kube::Error::Api(Box::new(Status { code, message: message.into(), ..Status::default() }))
    }

    #[tokio::test]
    async fn each_failure_says_what_was_done_what_became_of_it_and_the_way_out() {
        const FORBIDDEN: &str =
            r#"pods is forbidden: User "x" cannot list resource "pods" in API group "" at the cluster scope"#;
        let limit = Duration::from_millis(10);
        let refused = call::<()>("listing pods", limit, async { Err(answer(403, FORBIDDEN)) }).await;
        let failed = call::<()>("listing pods", limit, async { Err(answer(500, "etcd is away")) }).await;
        let late = call::<()>("listing pods", limit, std::future::pending()).await;
        let said = [refused, failed, late].map(|result| {
            let error = result.unwrap_err();
            (error.to_string(), error.is_refused())
        });
        let expected = [
            ("the operator may not list resource pods at the cluster scope: compare its roles with deploy/rbac", true),
            ("listing pods failed: etcd is away (500)", false),
            ("listing pods took too long", false),
        ];
        assert_eq!(said, expected.map(|(text, is_refused)| (text.to_owned(), is_refused)));
    }
}
