//! Against a service over HTTP.

use aws_sdk_eks::config::retry::RetryConfig;

use super::*;
use crate::api::Reason;
use crate::aws::fixture::Service;
use crate::aws::{SdkSettings, Unread};
use crate::ec2::EC2;
use crate::iam::IAM;

const ACTION: &str = "ec2:DescribeSubnets";
const EMPTY: &str = "<DescribeSubnetsResponse><subnetSet/></DescribeSubnetsResponse>";

/// An error as EC2 answers it, with this request id in the text too.
fn ec2_error(code: &str, id: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
         <Message>It is so. Request {id}</Message></Error></Errors><RequestID>{id}</RequestID></Response>"
    )
}

/// An error as IAM answers it.
fn iam_error(code: &str, text: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{text}</Message></Error><RequestId>7a62c49f</RequestId></ErrorResponse>"
    )
}

async fn subnets(service: &Service) -> Result<Vec<String>, Failure> {
    let client = QueryClient::new(&EC2, &service.session());
    client.list(ACTION, Vec::new(), "subnetSet", |item| Ok(item.value().to_owned())).await
}

async fn role(service: &Service) -> Result<Element, Failure> {
    QueryClient::new(&IAM, &service.session()).call("iam:GetRole", &Vec::new()).await
}

#[tokio::test]
async fn a_request_is_a_form_signed_for_the_service_and_its_region() {
    let service = Service::answering(&[(200, EMPTY)]).await;
    let client = QueryClient::new(&EC2, &service.session());
    client.call(ACTION, &vec![("Filter.1.Value.1".to_owned(), "a b&c=ä".to_owned())]).await.unwrap();
    QueryClient::new(&IAM, &service.session()).call("iam:GetRole", &Vec::new()).await.unwrap();
    let [ec2, iam] = &service.asked()[..] else { panic!("{:?}", service.asked()) };
    let form = |name| ec2.parameter(name).unwrap();
    assert_eq!(
        (form("Action"), form("Version"), form("Filter.1.Value.1")),
        ("DescribeSubnets", "2016-11-15", "a b&c=ä")
    );
    assert_eq!(ec2.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(ec2.header("x-amz-security-token"), "token");
    assert!(ec2.header("user-agent").contains("api/ec2/"), "{}", ec2.header("user-agent"));
    for (asked, scope) in [(ec2, "/eu-central-1/ec2/aws4_request"), (iam, "/us-east-1/iam/aws4_request")] {
        let signed = asked.header("authorization");
        assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") && signed.contains(scope), "{signed}");
        let headers = signed.split_once("SignedHeaders=").unwrap().1.split(',').next().unwrap();
        for name in ["content-type", "host", "x-amz-date", "x-amz-security-token"] {
            assert!(headers.split(';').any(|header| header == name), "{name} in {headers}");
        }
    }
}

#[tokio::test]
async fn what_will_pass_is_tried_again_and_counts_as_one_call() {
    let limit = ec2_error("RequestLimitExceeded", "1");
    for trouble in [(503, limit.as_str()), (500, "a proxy's page"), (200, "<DescribeSubnetsResponse><subnetSet>")] {
        let service = Service::answering(&[trouble, trouble, (200, EMPTY)]).await;
        assert_eq!(subnets(&service).await, Ok(Vec::new()), "{trouble:?}");
        let attempts: Vec<String> =
            service.asked().iter().map(|asked| asked.header("amz-sdk-request").to_owned()).collect();
        assert!(attempts.len() == 3 && attempts[2].contains("attempt=3"), "{trouble:?}: {attempts:?}");
        assert_eq!(service.counted(), [r#"{operation="DescribeSubnets",outcome="ok"} 1"#], "{trouble:?}");
    }
    let service = Service::answering(&[(400, &iam_error("Throttling", "Rate exceeded")), (200, "<a/>")]).await;
    role(&service).await.unwrap();
    assert_eq!(service.asked().len(), 2);
}

#[tokio::test]
async fn after_three_attempts_it_has_failed_with_a_text_that_stays_the_same() {
    let service = Service::answering(
        &["1", "2", "3", "4"]
            .map(|id| (503, ec2_error("RequestLimitExceeded", id)))
            .each_ref()
            .map(|(status, body)| (*status, body.as_str())),
    )
    .await;
    let first = subnets(&service).await.unwrap_err();
    assert_eq!(service.asked().len(), 3);
    assert_eq!(first.reason, Reason::Throttled);
    assert_eq!(
        Unread::of(ACTION, first.clone()).to_string(),
        "ec2:DescribeSubnets failed: EC2 answered RequestLimitExceeded: It is so. Request …; it is tried again"
    );
    assert_eq!(subnets(&service).await.unwrap_err(), first);
    assert_eq!(service.counted(), [r#"{operation="DescribeSubnets",outcome="throttled"} 2"#]);
}

#[tokio::test]
async fn a_refusal_names_the_action_and_is_not_tried_again() {
    let denied = [
        (403, ec2_error("UnauthorizedOperation", "1")),
        (403, iam_error("AccessDenied", "not authorized to perform: iam:GetRole")),
        (403, "<html>no</html>".to_owned()),
    ];
    for (status, body) in denied {
        let service = Service::answering(&[(status, &body)]).await;
        let failure = subnets(&service).await.unwrap_err();
        assert_eq!(Unread::of(ACTION, failure), Unread::Denied { action: ACTION.into() }, "{body}");
        assert_eq!(service.asked().len(), 1);
        assert_eq!(service.counted(), [r#"{operation="DescribeSubnets",outcome="denied"} 1"#]);
    }
}

#[tokio::test]
async fn credentials_that_do_not_hold_are_no_missing_permission() {
    for (status, code) in [(401, "AuthFailure"), (403, "InvalidClientTokenId"), (403, "SignatureDoesNotMatch")] {
        let service = Service::answering(&[(status, &ec2_error(code, "1"))]).await;
        let failure = subnets(&service).await.unwrap_err();
        assert_eq!(failure.reason, Reason::NoCredentials, "{code}");
        assert!(matches!(Unread::of(ACTION, failure), Unread::Failed { .. }), "{code}");
    }
    let service = Service::answering(&[(200, EMPTY)]).await;
    let client = QueryClient::new(&EC2, &service.session_with(None, std::time::Duration::from_secs(60)));
    let failure = client.call(ACTION, &Vec::new()).await.unwrap_err();
    assert!(service.asked().is_empty(), "nothing is sent unsigned: {failure}");
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_given_up() {
    // The listener accepts, and nobody reads.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let service = Service::answering(&[(200, EMPTY)]).await;
    let config = service.session_with(None, std::time::Duration::from_millis(20)).config().clone().into_builder();
    let credentials = aws_sdk_eks::config::Credentials::new("a", "b", None, None, "test");
    let config =
        config.endpoint_url(url).credentials_provider(aws_sdk_eks::config::SharedCredentialsProvider::new(credentials));
    let session = Session::new(config.build(), crate::telemetry::metrics::Metrics::new("0"));
    let failure = QueryClient::new(&EC2, &session).call(ACTION, &Vec::new()).await.unwrap_err();
    assert!(failure.message.starts_with("no answer from AWS within --operation-timeout"), "{failure}");
}

#[tokio::test]
async fn all_pages_of_a_list_are_read() {
    let page =
        |id: &str, next: &str| format!("<R><subnetSet><item>{id}</item></subnetSet><nextToken>{next}</nextToken></R>");
    let pages = [page("a", "to=b"), page("b", "to c"), page("c", "")];
    let service = Service::answering(&pages.each_ref().map(|body| (200, body.as_str()))).await;
    assert_eq!(subnets(&service).await.unwrap(), ["a", "b", "c"]);
    let tokens: Vec<_> = service.asked().iter().map(|asked| asked.parameter("NextToken").map(str::to_owned)).collect();
    assert_eq!(tokens, [None, Some("to=b".to_owned()), Some("to c".to_owned())]);
}

#[tokio::test]
async fn a_list_without_end_is_an_error_and_not_a_part_of_it() {
    let page = "<R><subnetSet><item>a</item></subnetSet><nextToken>again</nextToken></R>";
    let service = Service::answering(&[(200, page)]).await;
    let failure = subnets(&service).await.unwrap_err();
    assert_eq!(failure.message, "the answer has more than 20 pages");
    assert_eq!(service.asked().len(), 20);
}

#[tokio::test]
async fn an_answer_without_its_list_is_not_an_empty_list() {
    let service = Service::answering(&[(200, "<DescribeSubnetsResponse/>")]).await;
    let failure = subnets(&service).await.unwrap_err();
    assert_eq!(failure.to_string(), "DescribeSubnets: EC2 answered without subnetSet");
}

#[tokio::test]
async fn all_clients_are_made_of_one_session() {
    let second = std::time::Duration::from_secs(1);
    let settings = SdkSettings { region: "eu-west-3".to_owned(), operation_timeout: second, retry_backoff: second };
    let session = Session::load(&settings, crate::telemetry::metrics::Metrics::new("0")).await;
    assert_eq!(session.region(), "eu-west-3");
    assert_eq!(session.config().retry_config().map(RetryConfig::max_attempts), Some(3));
    drop((crate::ec2::SdkEc2::new(&session), crate::iam::SdkIam::new(&session)));
}
