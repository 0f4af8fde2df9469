//! A received call.

use serde_json::Value;

use crate::{
    ApiError, Operation,
    eks::route::{decode, route},
    log::CallRecord,
    quotas,
    service::Service,
};

/// A call, read as far as is needed to know which faults concern it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) operation: Operation,
    pub(crate) method: String,
    /// Path and query as received.
    pub(crate) path: String,
    pub(crate) cluster: Option<String>,
    pub(crate) profile: Option<String>,
    /// Of the tag operations.
    pub(crate) arn: Option<String>,
    /// The principal of an access entry, or an add-on.
    pub(crate) item: Option<String>,
    pub(crate) queries: Vec<(String, String)>,
    pub(crate) body: Value,
    /// Whether there was a body that is not JSON.
    pub(crate) malformed: bool,
    pub(crate) user_agent: Option<String>,
}

impl Call {
    /// Reads a request; of its headers, those that matter.
    pub(crate) fn read(
        method: &str,
        path_and_query: &str,
        user_agent: Option<String>,
        authorization: Option<&str>,
        target: Option<&str>,
        body: &[u8],
    ) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let mut call = Self {
            service: Service::Eks,
            operation: Operation::Unknown,
            method: method.to_owned(),
            path: path_and_query.to_owned(),
            cluster: None,
            profile: None,
            arn: None,
            item: None,
            queries: pairs(query),
            body: Value::Null,
            malformed: false,
            user_agent,
        };
        if let Some(target) = target {
            call.service = Service::Quotas;
            call.operation = call.service.named(target.strip_prefix(quotas::TARGET));
            call.body = serde_json::from_slice(body).unwrap_or_default();
            return call;
        }
        if path == "/" {
            let form = pairs(&String::from_utf8_lossy(body));
            call.service = Service::of_form(&form, authorization);
            call.operation = call.service.operation(&form);
            call.body = form.into_iter().map(|(key, value)| (key, Value::String(value))).collect();
            return call;
        }
        if !body.is_empty() {
            match serde_json::from_slice(body) {
                Ok(json) => call.body = json,
                Err(_) => call.malformed = true,
            }
        }
        let found = route(method, path);
        let named = |field: &str| call.body.get(field)?.as_str().map(str::to_owned);
        let (cluster, profile) = match found.operation {
            Some(Operation::CreateCluster) => (named("name"), None),
            Some(Operation::CreateFargateProfile) => (found.cluster, named("fargateProfileName")),
            _ => (found.cluster, found.profile),
        };
        let item = match found.operation {
            Some(Operation::CreateAccessEntry) => named("principalArn"),
            _ => found.item,
        };
        call.operation = found.operation.unwrap_or(Operation::Unknown);
        call.cluster = cluster;
        call.profile = profile;
        call.arn = found.arn;
        call.item = item;
        call
    }

    /// The first value of a query parameter.
    pub(crate) fn query(&self, key: &str) -> Option<&str> {
        self.queries(key).first().copied()
    }

    /// All values of a query parameter.
    pub(crate) fn queries(&self, key: &str) -> Vec<&str> {
        self.queries.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect()
    }

    /// A parameter of a form, or of JSON.
    pub(crate) fn form(&self, key: &str) -> Option<&str> {
        self.body.get(key)?.as_str()
    }

    /// All parameters of a form.
    pub(crate) fn form_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let form = self.body.as_object().into_iter().flatten();
        form.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }

    /// Its line for the log; `status` is that of success, if it was decided on at all.
    pub(crate) fn record(&self, error: Option<&ApiError>, status: Option<u16>) -> CallRecord {
        CallRecord {
            operation: self.operation,
            method: self.method.clone(),
            path: self.path.clone(),
            cluster: self.cluster.clone(),
            profile: self.profile.clone(),
            body: self.body.clone(),
            status: error.map_or(status, |error| Some(error.status)),
            error: error.and_then(|error| error.code.clone()),
            message: error.map(|error| error.message.clone()),
            fault: None,
            answered: false,
            late_of: None,
            user_agent: self.user_agent.clone(),
        }
    }
}

/// Reads `a=b&c=d`, as in queries and forms.
fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| decode(&text.replace('+', " "));
            (plain(key), plain(value))
        })
        .collect()
}
