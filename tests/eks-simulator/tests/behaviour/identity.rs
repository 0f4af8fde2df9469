//! Who calls: STS and what an account and region see.

use eks_simulator::{Effect, Fault, Identity, Operation};

use crate::caller::{standing, with_active};

const ASK: &str = "Action=GetCallerIdentity&Version=2011-06-15";

#[tokio::test]
async fn sts_names_the_caller_in_xml() {
    let (_eks, caller) = standing().await;
    let answer = caller.send("POST", "/", ASK.to_owned()).await.unwrap();
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "text/xml"));
    assert!(answer.text.contains("<Account>111122223333</Account>"));
    assert!(answer.text.contains("<Arn>arn:aws:sts::111122223333:assumed-role/fargate-operator/session</Arn>"));
}

#[tokio::test]
async fn sts_errors_are_xml_as_well() {
    let (eks, caller) = standing().await;
    let unknown = caller.send("POST", "/", "Action=AssumeRole".to_owned()).await.unwrap();
    assert!(unknown.text.contains("<Code>InvalidAction</Code>"), "{}", unknown.text);
    assert_eq!((unknown.status, unknown.content_type.as_str()), (400, "text/xml"));
    eks.add_fault(Fault::new(Effect::AccessDenied).on([Operation::GetCallerIdentity]));
    let denied = caller.send("POST", "/", ASK.to_owned()).await.unwrap();
    assert_eq!(denied.status, 403);
    assert!(denied.text.contains("<Code>AccessDeniedException</Code>"));
}

#[tokio::test]
async fn another_account_or_region_sees_none_of_the_clusters_but_an_outsider_does() {
    let (eks, caller) = with_active("web").await;
    let arn = eks.profile("prod", "web").unwrap().arn;
    let home = eks.identity();
    for elsewhere in [Identity::operator("444455556666", &home.region), Identity::operator(&home.account, "us-east-1")]
    {
        eks.set_identity(elsewhere.clone());
        let sts = caller.send("POST", "/", ASK.to_owned()).await.unwrap();
        assert!(sts.text.contains(&format!("<Account>{}</Account>", elsewhere.account)));
        assert!(caller.describe("web").await.message().contains("No cluster found"));
        assert_eq!(caller.get("/clusters/prod").await.status, 404);
        assert_eq!(caller.delete("web").await.status, 404);
        assert_eq!(caller.create_named("new").await.status, 404);
        assert_eq!(caller.get(&format!("/tags/{arn}")).await.status, 404);
        assert_eq!(caller.get("/clusters").await.ok(), serde_json::json!({ "clusters": [] }));
    }
    eks.outsider().delete_profile("prod", "web").unwrap();
    eks.set_identity(home);
    assert_eq!(caller.status("web").await, "DELETING");
}

#[tokio::test]
async fn a_region_of_china_has_arns_of_its_own_partition() {
    let identity = Identity::operator("111122223333", "cn-north-1");
    assert_eq!(identity.arn, "arn:aws-cn:sts::111122223333:assumed-role/fargate-operator/session");
}
