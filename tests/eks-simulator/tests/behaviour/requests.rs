//! What a request may ask for.

use eks_simulator::{Choices, NameCharacters, OmittedSubnets, ProfileSpec, RoleTrust, Selector};

use crate::caller::{seconds, standing};

const INVALID: &str = "InvalidParameterException";

fn in_subnets(subnets: &[&str]) -> ProfileSpec {
    ProfileSpec {
        subnets: Some(subnets.iter().map(|subnet| (*subnet).to_owned()).collect()),
        ..ProfileSpec::named("web")
    }
}

fn with_role(arn: &str) -> ProfileSpec {
    ProfileSpec { pod_execution_role_arn: arn.to_owned(), ..ProfileSpec::named("web") }
}

#[tokio::test]
async fn names_are_at_most_a_hundred_long_and_not_reserved() {
    let (eks, caller) = standing().await;
    caller.create_named(&"a".repeat(101)).await.is_refused(
        400,
        INVALID,
        "The Fargate profile name parameter should not be greater than 100 characters.",
    );
    caller.create_named("eks-web").await.is_refused(
        400,
        INVALID,
        "The fargate profile name starts with the reserved prefix: 'eks-'.",
    );
    caller.create_named("web shop").await.is_refused(
        400,
        INVALID,
        "The Fargate profile name parameter contains invalid characters. It should begin with letter or digit and can have any of the following characters: the set of Unicode letters, digits, hyphens and underscores.",
    );
    eks.set_choices(Choices { name_characters: NameCharacters::Any, ..Choices::default() });
    caller.create_named("web shop").await.ok();
    eks.advance(seconds(300));
    caller.create_named(&"a".repeat(100)).await.ok();
}

#[tokio::test]
async fn a_profile_needs_selectors_and_each_of_them_a_namespace() {
    let (_eks, caller) = standing().await;
    let with = |selectors| ProfileSpec { selectors, ..ProfileSpec::named("web") };
    caller.create(&with(vec![])).await.is_refused(400, INVALID, "Fargate Profile requires at least one selector.");
    caller.create(&with(vec![Selector::default()])).await.is_refused(
        400,
        INVALID,
        "Fargate Profile must have at least one selector with at least one namespace value.",
    );
}

#[tokio::test]
async fn the_form_of_a_request_is_judged_before_its_cluster_and_numbers_after_it() {
    let (_eks, caller) = standing().await;
    let create = async |spec: ProfileSpec| {
        caller.call("POST", "/clusters/nowhere/fargate-profiles", serde_json::json!(spec)).await
    };
    let web = || ProfileSpec::named("web");
    create(web().selecting("bad_ns", &[])).await.is_refused(400, INVALID, "The namespace provided is invalid.");
    create(web().selecting("web", &[("-app", "a")])).await.is_refused(
        400,
        INVALID,
        "Selector label provided is invalid.",
    );
    assert_eq!(create(ProfileSpec::named("web shop")).await.status, 400);
    let six = ProfileSpec { selectors: vec![web().selectors[0].clone(); 6], ..web() };
    create(six).await.is_refused(404, "ResourceNotFoundException", "No cluster found for name: nowhere.");
    caller.create(&web().selecting("team-*", &[("exam?le.com/*", "*")])).await.ok();
}

#[tokio::test]
async fn selectors_and_labels_have_quotas_that_can_be_raised() {
    let (eks, caller) = standing().await;
    let six = ProfileSpec {
        selectors: vec![ProfileSpec::named("x").selectors[0].clone(); 6],
        ..ProfileSpec::named("six-selectors")
    };
    let labels: Vec<(String, &str)> = (0..6).map(|n| (format!("l{n}"), "v")).collect();
    let labels: Vec<(&str, &str)> = labels.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    let labelled = ProfileSpec::named("six-labels").selecting("default", &labels);
    caller.create(&six).await.is_refused(400, INVALID, "Request contains more than 5 Selectors");
    caller.create(&labelled).await.is_refused(400, INVALID, "Request contains Selector with more than 5 Label pairs");
    eks.change_cluster("prod", |prod| (prod.quotas.selectors, prod.quotas.labels) = (6, 6)).unwrap();
    caller.create(&six).await.ok();
    eks.advance(seconds(300));
    caller.create(&labelled).await.ok();
}

#[tokio::test]
async fn a_cluster_holds_as_many_profiles_as_its_quota_says() {
    let (eks, caller) = standing().await;
    for n in 0..10 {
        caller.create_named(&format!("p{n}")).await.ok();
        eks.advance(seconds(300));
    }
    let refused = caller.create_named("p10").await;
    assert_eq!(refused.error.as_deref(), Some("ResourceLimitExceededException"));
    assert_eq!(refused.status, 400);
    eks.change_cluster("prod", |prod| prod.quotas.profiles = 11).unwrap();
    caller.create_named("p10").await.ok();
}

#[tokio::test]
async fn subnets_have_to_be_private_known_and_in_the_clusters_vpc() {
    let (_eks, caller) = standing().await;
    caller.create(&in_subnets(&["subnet-0aaaaaaa000000001", "subnet-0bbbbbbb000000002"])).await.is_refused(
        400,
        INVALID,
        "Subnet subnet-0bbbbbbb000000002 provided in Fargate Profile is not a private subnet",
    );
    caller.create(&in_subnets(&["subnet-nowhere"])).await.is_refused(
        400,
        INVALID,
        "The subnet ID 'subnet-nowhere' does not exist",
    );
    let foreign = caller.create(&in_subnets(&["subnet-0ddddddd000000001"])).await;
    assert_eq!((foreign.status, foreign.error.as_deref()), (400, Some(INVALID)));
    let other = caller.create(&in_subnets(&["subnet-0ccccccc000000001"])).await.ok();
    assert_eq!(other["fargateProfile"]["subnets"], serde_json::json!(["subnet-0ccccccc000000001"]));
}

#[tokio::test]
async fn omitted_subnets_are_filled_in_left_empty_or_refused_as_chosen() {
    let (eks, caller) = standing().await;
    let choose = |omitted_subnets| eks.set_choices(Choices { omitted_subnets, ..Choices::default() });
    choose(OmittedSubnets::Refused);
    assert_eq!(caller.create_named("a").await.status, 400);
    choose(OmittedSubnets::Empty);
    let empty = caller.create(&ProfileSpec { name: "a".into(), ..in_subnets(&[]) }).await.ok();
    assert_eq!(empty["fargateProfile"]["subnets"], serde_json::json!([]));
    eks.advance(seconds(300));
    choose(OmittedSubnets::ClusterPrivate);
    let filled = caller.create_named("b").await.ok();
    assert_eq!(filled["fargateProfile"]["subnets"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_role_needs_a_plain_arn() {
    let (_eks, caller) = standing().await;
    caller.create(&with_role("garbage")).await.is_refused(400, INVALID, "Invalid Role Arn: 'garbage'");
    assert_eq!(caller.create(&with_role("arn:aws:iam::1:role/a")).await.status, 400);
    let path = caller.create(&with_role("arn:aws:iam::111122223333:role/team/pods")).await;
    assert_eq!((path.status, path.error.as_deref()), (400, Some(INVALID)));
    assert!(path.message().contains("path"));
}

#[tokio::test]
async fn a_role_that_does_not_trust_fargate_is_refused_until_the_news_has_spread() {
    let (eks, caller) = standing().await;
    let arn = "arn:aws:iam::111122223333:role/fresh";
    let text =
        "Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal";
    eks.set_role(arn, RoleTrust::Untrusted);
    caller.create(&with_role(arn)).await.is_refused(400, INVALID, text);
    eks.advance(seconds(100));
    eks.set_role(arn, RoleTrust::TrustedAfter(seconds(10)));
    eks.advance(seconds(9));
    caller.create(&with_role(arn)).await.is_refused(400, INVALID, text);
    eks.advance(seconds(1));
    caller.create(&with_role(arn)).await.ok();
}

#[tokio::test]
async fn a_role_that_may_not_be_passed_is_denied_in_the_callers_name() {
    let (eks, caller) = standing().await;
    let arn = "arn:aws:iam::111122223333:role/guarded";
    eks.set_role(arn, RoleTrust::MayNotBePassed);
    caller.create(&with_role(arn)).await.is_refused(
        403, "AccessDeniedException",
        "User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/guarded",
    );
}

#[tokio::test]
async fn what_is_not_json_is_refused_as_such() {
    let (_eks, caller) = standing().await;
    let path = "/clusters/prod/fargate-profiles";
    let answer = caller.send("POST", path, "{".to_owned()).await.unwrap();
    assert_eq!((answer.status, answer.error.as_deref()), (400, Some("SerializationException")));
}
