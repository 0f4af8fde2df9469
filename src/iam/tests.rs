//! IAM's answers, in the form of the examples in its API Reference.

use super::*;
use crate::aws::fixture::Service;
use crate::failure::Class;

const DENIED: &str = r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform</Message></Error><RequestId>1</RequestId></ErrorResponse>"#;
const NO_SUCH: &str = r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role with name pods cannot be found.</Message></Error><RequestId>1</RequestId></ErrorResponse>"#;

#[tokio::test]
async fn a_role_has_its_trust_policy_decoded() {
    let answer = r#"<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
<GetRoleResult>
  <Role>
    <Path>/eks/</Path>
    <Arn>arn:aws:iam::111122223333:role/eks/pods</Arn>
    <RoleName>pods</RoleName>
    <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Sid%22%3A%22a%2Bb%22%7D%5D%7D</AssumeRolePolicyDocument>
    <CreateDate>2026-05-08T23:34:01Z</CreateDate>
    <RoleId>AROADBQP57FF2AEXAMPLE</RoleId>
    <Tags><member><Key>team</Key><Value>web</Value></member><member><Key>empty</Key><Value></Value></member></Tags>
  </Role>
</GetRoleResult>
<ResponseMetadata><RequestId>df37e965-9967-11e1-a4c3-270EXAMPLE04</RequestId></ResponseMetadata>
</GetRoleResponse>"#;
    let service = Service::answering(&[(200, answer)]).await;
    let role = SdkIam::new(&service.session()).role("pods").await.unwrap().unwrap();
    assert_eq!(
        role,
        Role {
            arn: "arn:aws:iam::111122223333:role/eks/pods".to_owned(),
            path: "/eks/".to_owned(),
            created_at: Some("2026-05-08T23:34:01Z".parse().unwrap()),
            trust_policy: r#"{"Statement":[{"Effect":"Allow","Sid":"a+b"}]}"#.to_owned(),
            tags: [("team", "web"), ("empty", "")].map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        }
    );
    let asked = &service.asked()[0];
    assert_eq!((asked.parameter("Action"), asked.parameter("RoleName")), (Some("GetRole"), Some("pods")));
    assert_eq!(service.counted(), [r#"{operation="GetRole",outcome="ok"} 1"#]);
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_no_error_and_has_no_policies() {
    let service = Service::answering(&[(404, NO_SUCH)]).await;
    let iam = SdkIam::new(&service.session());
    assert_eq!(iam.role("pods").await, Ok(None));
    assert_eq!(iam.attached_policies("pods").await, Ok(BTreeSet::new()));
    assert_eq!(iam.inline_policies("pods").await, Ok(BTreeSet::new()));
    assert!(service.counted().contains(&r#"{operation="GetRole",outcome="not_found"} 1"#.to_owned()));
}

#[tokio::test]
async fn a_refusal_names_the_action() {
    let service = Service::answering(&[(403, DENIED)]).await;
    let iam = SdkIam::new(&service.session());
    assert_eq!(iam.role("pods").await, Err(Unread::Denied { action: "iam:GetRole".into() }));
    let attached = iam.attached_policies("pods").await;
    assert_eq!(attached, Err(Unread::Denied { action: "iam:ListAttachedRolePolicies".into() }));
    assert_eq!(iam.inline_policies("pods").await, Err(Unread::Denied { action: "iam:ListRolePolicies".into() }));
}

#[tokio::test]
async fn a_role_without_a_trust_policy_is_no_answer() {
    let answer = "<GetRoleResponse><GetRoleResult><Role><Arn>a</Arn></Role></GetRoleResult></GetRoleResponse>";
    let service = Service::answering(&[(200, answer)]).await;
    let read = SdkIam::new(&service.session()).role("pods").await.unwrap_err();
    assert_eq!(read.to_string(), "iam:GetRole failed: IAM answered without AssumeRolePolicyDocument");
}

#[tokio::test]
async fn policies_are_read_from_all_pages() {
    let attached = |arn: &str, more: &str| {
        format!(
            r#"<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies>
            <member><PolicyName>x</PolicyName><PolicyArn>{arn}</PolicyArn></member>
            </AttachedPolicies>{more}</ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>"#
        )
    };
    let first = attached("arn:aws:iam::aws:policy/A", "<IsTruncated>true</IsTruncated><Marker>AAF+/=</Marker>");
    let last = attached("arn:aws:iam::aws:policy/B", "<IsTruncated>false</IsTruncated>");
    let service = Service::answering(&[(200, &first), (200, &last)]).await;
    let found = SdkIam::new(&service.session()).attached_policies("pods").await.unwrap();
    assert_eq!(found, ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"].map(str::to_owned).into());
    let second = &service.asked()[1];
    assert_eq!((second.parameter("Marker"), second.parameter("RoleName")), (Some("AAF+/="), Some("pods")));

    let inline = r#"<ListRolePoliciesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
        <ListRolePoliciesResult><PolicyNames><member>CloudwatchPutMetricPolicy</member><member>S3AccessPolicy</member>
        </PolicyNames><IsTruncated>false</IsTruncated></ListRolePoliciesResult></ListRolePoliciesResponse>"#;
    let service = Service::answering(&[(200, inline)]).await;
    let found = SdkIam::new(&service.session()).inline_policies("pods").await.unwrap();
    assert_eq!(found, ["CloudwatchPutMetricPolicy", "S3AccessPolicy"].map(str::to_owned).into());
}

#[tokio::test]
async fn a_role_without_policies_has_none() {
    let answer =
        "<R><ListRolePoliciesResult><PolicyNames/><IsTruncated>false</IsTruncated></ListRolePoliciesResult></R>";
    let service = Service::answering(&[(200, answer)]).await;
    assert_eq!(SdkIam::new(&service.session()).inline_policies("pods").await, Ok(BTreeSet::new()));
}

#[tokio::test]
async fn a_role_is_created_with_everything_at_once() {
    let service = Service::answering(&[(200, "<CreateRoleResponse><CreateRoleResult/></CreateRoleResponse>")]).await;
    let role = NewRole {
        name: "pods".into(),
        path: "/eks/".into(),
        description: "Starts pods".into(),
        trust_policy: r#"{"Version":"2012-10-17"}"#.into(),
        permissions_boundary: Some("arn:aws:iam::111122223333:policy/boundary".into()),
        tags: [("a", "1"), ("b", "")].map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
    };
    SdkIam::new(&service.session()).create_role(&role).await.unwrap();
    let asked = &service.asked()[0];
    for (name, value) in [
        ("Action", "CreateRole"),
        ("RoleName", "pods"),
        ("Path", "/eks/"),
        ("Description", "Starts pods"),
        ("AssumeRolePolicyDocument", r#"{"Version":"2012-10-17"}"#),
        ("PermissionsBoundary", "arn:aws:iam::111122223333:policy/boundary"),
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", "1"),
        ("Tags.member.2.Key", "b"),
        ("Tags.member.2.Value", ""),
    ] {
        assert_eq!(asked.parameter(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_change_is_sent_once_whatever_comes_of_it() {
    let service = Service::answering(&[(500, ""), (200, "<R/>")]).await;
    let failure = SdkIam::new(&service.session()).attach_policy("pods", "arn:policy").await.unwrap_err();
    assert_eq!((failure.operation, failure.definite, service.asked().len()), ("AttachRolePolicy", false, 1));
    assert_eq!(service.asked()[0].parameter("PolicyArn"), Some("arn:policy"));
}

#[tokio::test]
async fn to_delete_what_is_gone_is_no_error_but_to_attach_to_it_is() {
    let service = Service::answering(&[(404, NO_SUCH)]).await;
    let iam = SdkIam::new(&service.session());
    assert_eq!(iam.detach_policy("pods", "arn:policy").await, Ok(()));
    assert_eq!(iam.delete_role("pods").await, Ok(()));
    assert_eq!(iam.attach_policy("pods", "arn:policy").await.unwrap_err().class, Class::Gone);
}
