//! Service Quotas tells of the quotas that EKS keeps.

use eks_simulator::{Effect, Fault, Operation};
use serde_json::{Value, json};

use crate::caller::{Answer, Caller, standing};

const PROFILES: [&str; 2] = ["eks", "L-33415657"];

async fn quota(caller: &Caller, [service, code]: [&str; 2]) -> Answer {
    caller.quotas("GetServiceQuota", json!({ "ServiceCode": service, "QuotaCode": code })).await
}

fn refused(answer: &Answer) -> (u16, Value, Value) {
    let body = answer.json();
    (answer.status, body["__type"].clone(), body["Message"].clone())
}

#[tokio::test]
async fn the_quotas_by_which_eks_goes_are_told() {
    let (eks, caller) = standing().await;
    let told = async || {
        let mut values = Vec::new();
        for of in [PROFILES, ["eks", "L-D78D8AF8"], ["eks", "L-23414FF3"], ["fargate", "L-3032A538"]] {
            let answer = quota(&caller, of).await;
            assert_eq!(answer.content_type, "application/x-amz-json-1.1");
            let found = &answer.ok()["Quota"];
            assert_eq!((&found["ServiceCode"], &found["QuotaCode"]), (&json!(of[0]), &json!(of[1])));
            values.push(found["Value"].as_f64().unwrap());
        }
        values
    };
    assert_eq!(told().await, [10.0, 5.0, 5.0, 1000.0]);
    let raised = json!({ "quotas": { "profiles": 12, "selectors": 7, "labels": 6, "fargate_vcpu": 16 } });
    caller.call("PATCH", "/_simulator/clusters/prod", raised).await.ok();
    assert_eq!(told().await, [12.0, 7.0, 6.0, 16.0]);
    assert_eq!(eks.calls(&[Operation::GetServiceQuota]).len(), 8);
}

#[tokio::test]
async fn what_there_is_no_quota_or_no_operation_of_is_refused_in_json() {
    let (_eks, caller) = standing().await;
    let none = refused(&quota(&caller, ["eks", "L-00000000"]).await);
    assert_eq!(none, (400, json!("NoSuchResourceException"), json!("The specified resource does not exist.")));
    let unknown = caller.quotas("RequestServiceQuotaIncrease", json!({})).await;
    assert_eq!(refused(&unknown).1, json!("UnknownOperationException"));
}

#[tokio::test]
async fn a_denied_look_at_a_quota_names_the_action() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::AccessDenied).on([Operation::GetServiceQuota]));
    let (status, code, message) = refused(&quota(&caller, PROFILES).await);
    assert_eq!((status, code), (400, json!("AccessDeniedException")));
    assert!(message.as_str().unwrap().contains("not authorized to perform: servicequotas:GetServiceQuota because"));
}
