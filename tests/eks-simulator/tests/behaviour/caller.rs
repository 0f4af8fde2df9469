//! A small HTTP client without retries, and a simulator for it to call.

use std::time::Duration;

use eks_simulator::{ClusterSettings, Control, ProfileSpec, Settings, Simulator, start};
use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// No wait of a healthy run comes near it, not even on a loaded machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Waits for a condition, but not for ever.
pub(crate) async fn until(eks: &Simulator, condition: impl FnMut(&Control) -> bool) {
    tokio::time::timeout(LIMIT, eks.wait_for(condition)).await.expect("the condition holds in the end");
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) error: Option<String>,
    pub(crate) content_type: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    pub(crate) fn message(&self) -> String {
        self.json()["message"].as_str().expect("message").to_owned()
    }

    /// Status, error code and message at once.
    #[track_caller]
    pub(crate) fn is_refused(&self, status: u16, code: &str, message: &str) {
        let all = (self.status, self.error.as_deref(), self.message());
        assert_eq!(all, (status, Some(code), message.to_owned()));
    }

    /// The texts of all elements of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        self.text.split(&start).skip(1).map(|rest| rest.split(&end).next().unwrap()).collect()
    }

    /// Status, code and message of an error in XML.
    #[track_caller]
    pub(crate) fn is_refused_in_xml(&self, status: u16, code: &str, message: &str) {
        assert_eq!((self.status, self.all("Code"), self.all("Message")), (status, vec![code], vec![message]));
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }
}

#[derive(Clone)]
pub(crate) struct Caller {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Caller {
    pub(crate) fn of(url: String) -> Self {
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { url, client }
    }

    /// A call in the query protocol, signed for this service as far as the simulator looks. `parameters` are those
    /// after Action and Version.
    pub(crate) async fn query(&self, service: &str, action: &str, parameters: &str) -> Answer {
        self.try_query(service, action, parameters).await.expect("an answer")
    }

    /// The same; an error is a connection that closed without an answer.
    pub(crate) async fn try_query(&self, service: &str, action: &str, parameters: &str) -> Result<Answer, String> {
        let version = if service == "ec2" { "2016-11-15" } else { "2010-05-08" };
        let scope =
            format!("AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-central-1/{service}/aws4_request, Signature=x");
        let request = Request::builder()
            .method("POST")
            .uri(format!("{}/", self.url))
            .header("authorization", scope)
            .body(Full::new(Bytes::from(format!("Action={action}&Version={version}&{parameters}"))))
            .unwrap();
        self.answer(request).await
    }

    /// A call in AWS JSON 1.1 to Service Quotas.
    pub(crate) async fn quotas(&self, operation: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method("POST")
            .uri(format!("{}/", self.url))
            .header("x-amz-target", format!("ServiceQuotasV20190624.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(Full::new(Bytes::from(body.to_string())))
            .unwrap();
        self.answer(request).await.expect("an answer")
    }

    /// An error is a connection that closed without an answer, or [`LIMIT`] without either.
    pub(crate) async fn send(&self, method: &str, path: &str, body: String) -> Result<Answer, String> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("user-agent", "behaviour/1")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        self.answer(request).await
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let answer = tokio::time::timeout(LIMIT, self.client.request(request)).await;
        let response = answer.map_err(|_| "neither an answer nor the end")?.map_err(|e| e.to_string())?;
        let (parts, body) = response.into_parts();
        let header = |name| {
            let value = parts.headers.get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        Ok(Answer {
            status: parts.status.as_u16(),
            error: header("x-amzn-errortype"),
            content_type: header("content-type").unwrap_or_default(),
            text: String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap(),
        })
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, body).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    pub(crate) async fn create(&self, spec: &ProfileSpec) -> Answer {
        self.call("POST", "/clusters/prod/fargate-profiles", json!(spec)).await
    }

    pub(crate) async fn create_named(&self, name: &str) -> Answer {
        self.create(&ProfileSpec::named(name)).await
    }

    pub(crate) async fn describe(&self, name: &str) -> Answer {
        self.get(&format!("/clusters/prod/fargate-profiles/{name}")).await
    }

    pub(crate) async fn delete(&self, name: &str) -> Answer {
        let path = format!("/clusters/prod/fargate-profiles/{name}");
        self.call("DELETE", &path, Value::Null).await
    }

    /// The status that DescribeFargateProfile shows.
    pub(crate) async fn status(&self, name: &str) -> String {
        let answer = self.describe(name).await.ok();
        answer["fargateProfile"]["status"].as_str().unwrap().to_owned()
    }
}

/// A simulator whose clock stands still, with the cluster `prod`: creating takes 300 s, deleting 120 s.
pub(crate) async fn standing() -> (Simulator, Caller) {
    let eks = start(Settings::scaled(0.0)).await.unwrap();
    eks.add_cluster(ClusterSettings::named("prod"));
    let caller = Caller::of(eks.url());
    (eks, caller)
}

/// The same with an ACTIVE profile of this name.
pub(crate) async fn with_active(name: &str) -> (Simulator, Caller) {
    let (eks, caller) = standing().await;
    caller.create_named(name).await.ok();
    eks.advance(seconds(300));
    (eks, caller)
}
