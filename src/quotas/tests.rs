//! Service Quotas' answers, in the form of the examples in its API Reference.

use super::*;
use crate::aws::fixture::Service;

const PROFILES: Quota = Quota { service: "eks", code: "L-33415657" };
const ANSWER: &str = r#"{"Quota":{"ServiceCode":"eks","ServiceName":"Amazon Elastic Kubernetes Service (Amazon EKS)",
    "QuotaArn":"arn:aws:servicequotas:eu-central-1:111122223333:eks/L-33415657","QuotaCode":"L-33415657",
    "QuotaName":"Fargate profiles per cluster","Value":12.0,"Unit":"None","Adjustable":true,"GlobalQuota":false}}"#;

async fn value(service: &Service) -> Result<Option<u64>, Unread> {
    SdkQuotas::new(&service.session()).value(PROFILES).await
}

#[tokio::test]
async fn a_quota_is_asked_by_its_codes_in_json_that_is_signed_for_the_region() {
    let service = Service::answering(&[(200, ANSWER)]).await;
    assert_eq!(value(&service).await, Ok(Some(12)));
    let asked = &service.asked()[0];
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body, serde_json::json!({ "ServiceCode": "eks", "QuotaCode": "L-33415657" }));
    assert_eq!(asked.header("x-amz-target"), "ServiceQuotasV20190624.GetServiceQuota");
    assert_eq!(asked.header("content-type"), "application/x-amz-json-1.1");
    let signed = asked.header("authorization");
    assert!(signed.contains("/eu-central-1/servicequotas/aws4_request"), "{signed}");
    let headers = signed.split_once("SignedHeaders=").unwrap().1.split(',').next().unwrap();
    assert!(headers.split(';').any(|header| header == "x-amz-target"), "{headers}");
    assert_eq!(service.counted(), [r#"{operation="GetServiceQuota",outcome="ok"} 1"#]);
}

#[tokio::test]
async fn a_quota_without_a_value_is_no_error() {
    for code in ["NoSuchResourceException", "com.amazonaws.servicequotas#NoSuchResourceException"] {
        let answer = format!(r#"{{"__type":"{code}","Message":"The specified resource does not exist."}}"#);
        let service = Service::answering(&[(400, &answer)]).await;
        assert_eq!(value(&service).await, Ok(None), "{code}");
        assert_eq!(service.counted(), [r#"{operation="GetServiceQuota",outcome="not_found"} 1"#]);
    }
}

#[tokio::test]
async fn a_refusal_names_the_action() {
    let answer = r#"{"__type":"AccessDeniedException","Message":"User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: servicequotas:GetServiceQuota"}"#;
    let service = Service::answering(&[(400, answer)]).await;
    assert_eq!(value(&service).await, Err(Unread::Denied { action: "servicequotas:GetServiceQuota".into() }));
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn what_will_pass_is_tried_again() {
    let busy = r#"{"__type":"TooManyRequestsException","Message":"Rate exceeded"}"#;
    for trouble in [(400, busy), (500, "a proxy's page"), (200, r#"{"Quota":"#)] {
        let service = Service::answering(&[trouble, trouble, (200, ANSWER)]).await;
        assert_eq!(value(&service).await, Ok(Some(12)), "{trouble:?}");
        assert_eq!(service.asked().len(), 3, "{trouble:?}");
    }
}

#[tokio::test]
async fn an_answer_without_a_value_is_not_a_quota_of_nothing() {
    let service = Service::answering(&[(200, r#"{"Quota":{"QuotaCode":"L-33415657"}}"#)]).await;
    let unread = value(&service).await.unwrap_err();
    assert_eq!(unread.to_string(), "servicequotas:GetServiceQuota failed: Service Quotas answered without Quota.Value");
}
