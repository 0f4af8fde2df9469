//! Whose an EKS profile is: taking over, letting go, standing back, and whose word counts when two want the same.

use std::collections::BTreeMap;
use std::time::Duration;

use bed::bed::{OTHER_ROLE, ROLE};
use bed::testing::TestNamespace;
use bed::{Bed, Options};
use data_plane::What;
use eks_simulator::log::CallRecord;
use eks_simulator::{ClusterSettings, Operation, Profile, ProfileSpec, ProfileStatus};
use fargate_operator::api::{
    ConditionType, FargateProfile, Phase, TAG_INSTALLATION, TAG_OWNER, TAG_OWNER_UID, TAG_PREFIX,
};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::support::drains::fargate;
use crate::support::oracle::{calls, created, served_without_a_gap};
use crate::support::{BedExt, condition, observed, profile, reason, until};

/// An EKS that takes a second or less for everything.
fn quick() -> Options {
    let cluster = ClusterSettings::named("").creating(Duration::from_secs(40)).deleting(Duration::from_secs(20));
    Options { cluster, ..Options::default() }
}

/// A profile of somebody else that serves the namespace `web`.
fn web() -> ProfileSpec {
    ProfileSpec::named("web").selecting("web", &[])
}

fn place(bed: &Bed, spec: ProfileSpec) -> Profile {
    bed.eks().outsider().place_profile("prod", spec, ProfileStatus::Active).unwrap()
}

fn names(bed: &Bed) -> Vec<String> {
    bed.eks().profiles("prod").into_iter().map(|profile| profile.name).collect()
}

/// What was asked of EKS, tag changes included: operation and profile.
fn mutations(bed: &Bed) -> Vec<(Operation, String)> {
    let called = |call: CallRecord| {
        let named = call.profile.or_else(|| Some(call.body["fargateProfileName"].as_str()?.to_owned()));
        (call.operation, named.unwrap_or_default())
    };
    bed.eks().calls(&Operation::MUTATIONS).into_iter().map(called).collect()
}

fn stalled(object: &FargateProfile, why: &str) -> bool {
    observed(object) && reason(object, ConditionType::Stalled).as_deref() == Some(why)
}

fn stall(object: &FargateProfile) -> String {
    condition(object, ConditionType::Stalled).unwrap().2
}

fn serves(object: &FargateProfile) -> &str {
    &object.status.as_ref().unwrap().profile.as_ref().unwrap().name
}

fn adopting(name: &str) -> Value {
    let mut object = profile(name, name);
    object["spec"]["adoption"] = json!("IfUnowned");
    object
}

#[tokio::test]
async fn an_unowned_profile_is_taken_over_as_it_is_and_a_later_change_replaces_it_without_a_gap() {
    let bed = Bed::start(quick()).await.unwrap();
    let found = place(&bed, web().tagged("team", "theirs"));
    bed.apply(&adopting("web"));
    let object = bed.settled("web").await;
    assert_eq!(serves(&object), "web");
    let adopted = bed.eks().profile("prod", "web").unwrap();
    assert_eq!(adopted.arn, found.arn);
    assert_eq!(adopted.tags["team"], "theirs");
    assert_eq!(adopted.tags[TAG_OWNER], "web");
    assert_eq!(adopted.tags[TAG_OWNER_UID], object.uid().unwrap());
    assert_eq!(mutations(&bed).len(), 1, "one TagResource and nothing else: {:?}", mutations(&bed));
    assert_eq!(mutations(&bed)[0].0, Operation::TagResource);

    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "web" }, { "namespace": "jobs" }] } })).await;
    let object = bed.settled("web").await;
    // The bare name can be preceded by no `web-NNNN`.
    assert_eq!(serves(&object), "0-web-9999");
    assert_eq!(names(&bed), ["0-web-9999"]);
    let done: Vec<_> = mutations(&bed).into_iter().skip(1).collect();
    let wanted = [(Operation::CreateFargateProfile, "0-web-9999"), (Operation::DeleteFargateProfile, "web")];
    assert_eq!(done, wanted.map(|(operation, name)| (operation, name.to_owned())));
    let timeline = bed.eks().active_timeline("prod", TAG_OWNER, "web");
    assert!(timeline.gaps.is_empty(), "{:?}", timeline.gaps);
}

#[tokio::test]
async fn a_name_too_long_for_a_stem_and_a_role_with_a_path_are_taken_over_and_a_change_moves_the_pods_to_a_shorter_name()
 {
    let bed = Bed::start(fargate(120.0)).await.unwrap();
    let ns = TestNamespace::new(&bed, "apps").await;
    // As CDK makes names, without a tag of CloudFormation (aws/aws-cdk#32909).
    let long = "ClusterfargateprofileappsE12AB3-0123456789abcdef0123456789abcde";
    let mut found = ProfileSpec::named(long).selecting("apps", &[]);
    found.pod_execution_role_arn = "arn:aws:iam::111122223333:role/eks/fargate/pods".to_owned();
    place(&bed, found.clone());
    let mut object = profile("apps", "apps");
    let with =
        json!({ "profileName": long, "podExecutionRoleArn": found.pod_execution_role_arn, "adoption": "IfUnowned" });
    object["spec"].as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    bed.apply(&object);
    assert_eq!(serves(&bed.settled("apps").await), long);
    assert_eq!(mutations(&bed).len(), 1, "{:?}", mutations(&bed));
    ns.budgeted("web", 2).await;
    ns.complete("web").await;

    bed.patch("apps", json!({ "spec": { "podExecutionRoleArn": OTHER_ROLE } })).await;
    let next = "ClusterfargateprofileappsE12AB3-0123456789abcde-3cf04e4a-9999";
    assert_eq!(serves(&bed.settled("apps").await), next);
    assert_eq!(names(&bed), [next]);
    ns.complete("web").await;
    let moved = ns.fargate.record();
    assert_eq!(moved.of(long, What::DeletionAsked).count(), 2);
    let timeline = bed.eks().active_timeline("prod", TAG_OWNER, "apps");
    assert!(timeline.gaps.is_empty(), "{:?}", timeline.gaps);

    // The long name is for a profile that is taken over, and stays for as long as the object does.
    let refused = bed.kubectl().words(&["patch", "fp", "apps", "--type=merge", "-p", r#"{"spec":{"adoption":null}}"#]);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("is longer than 56 characters"), "{refused}");
}

#[tokio::test]
async fn what_differs_from_the_spec_is_taken_over_first_and_then_replaced() {
    let bed = Bed::start(quick()).await.unwrap();
    place(&bed, ProfileSpec::named("web").selecting("elsewhere", &[]));
    bed.apply(&adopting("web"));
    bed.settled("web").await;
    assert_eq!(names(&bed), ["0-web-9999"]);
    let operations: Vec<Operation> = mutations(&bed).into_iter().map(|(operation, _)| operation).collect();
    use Operation::{CreateFargateProfile, DeleteFargateProfile, TagResource};
    assert_eq!(operations, [TagResource, CreateFargateProfile, DeleteFargateProfile]);
}

#[tokio::test]
async fn what_somebody_manages_is_not_taken_over() {
    let bed = Bed::start(quick()).await.unwrap();
    let managed = [
        ("stack", "aws:cloudformation:stack-name", "network"),
        ("other-installation", TAG_INSTALLATION, "00000000-0000-0000-0000-000000000000"),
    ];
    for (name, key, value) in managed {
        let mut spec = ProfileSpec::named(name).selecting(name, &[]).tagged(key, value);
        if key == TAG_INSTALLATION {
            spec = spec.tagged(TAG_OWNER, name);
        }
        let before = place(&bed, spec);
        bed.apply(&adopting(name));
        let object = bed.wait(name, "refused", |object| stalled(object, "NameTaken")).await;
        let message = stall(&object);
        assert!(message.contains(&format!("{key}={value}")), "{message}");
        assert!(message.contains("or set spec.adoption: Never"), "{message}");
        assert_eq!(reason(&object, ConditionType::Ready).as_deref(), Some("NameTaken"));

        // Not even when the object goes.
        bed.delete(name).await;
        bed.gone(name).await;
        assert_eq!(bed.eks().profile("prod", name), Some(before));
    }
    assert_eq!(mutations(&bed), []);
}

#[tokio::test]
async fn without_adoption_a_profile_of_the_same_name_is_left_alone() {
    let bed = Bed::start(quick()).await.unwrap();
    let before = place(&bed, web());
    bed.apply(&profile("web", "web"));
    let object = bed.settled("web").await;
    assert_eq!(serves(&object), "web-9999");
    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(bed.eks().profiles("prod"), [before]);
}

#[tokio::test]
async fn retain_leaves_the_profile_without_our_tags() {
    let bed = Bed::start(quick()).await.unwrap();
    let mut object = profile("web", "web");
    object["spec"]["deletionPolicy"] = json!("Retain");
    object["spec"]["tags"] = json!({ "team": "a" });
    bed.apply(&object);
    bed.settled("web").await;
    let before = bed.eks().profile("prod", "web-9999").unwrap();
    assert!(before.tags.contains_key(TAG_OWNER));

    bed.delete("web").await;
    bed.gone("web").await;
    let after = bed.eks().profile("prod", "web-9999").unwrap();
    assert_eq!((after.status, &after.arn), (ProfileStatus::Active, &before.arn));
    assert_eq!(after.tags, BTreeMap::from([("team".to_owned(), "a".to_owned())]), "no tag under {TAG_PREFIX}");
    let deleted = bed.eks().calls(&[Operation::DeleteFargateProfile]);
    assert!(deleted.is_empty(), "{deleted:?}");

    // The same object takes it back when it is applied again, and replaces it as ever.
    bed.apply(&adopting("web"));
    bed.settled("web").await;
    let back = bed.eks().profile("prod", "web-9999").unwrap();
    assert_eq!(
        (&back.arn, back.tags[TAG_OWNER].as_str(), names(&bed)),
        (&before.arn, "web", vec!["web-9999".to_owned()])
    );
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;
    bed.settled("web").await;
    assert_eq!(names(&bed), ["web-9998"]);
}

#[tokio::test]
async fn suspension_publishes_what_is_pending_begins_nothing_and_does_not_stop_a_deletion() {
    let bed = Bed::start(quick()).await.unwrap();
    let mut object = profile("web", "web");
    object["spec"]["suspend"] = json!(true);
    bed.apply(&object);
    let suspended = |object: &FargateProfile| {
        observed(object) && reason(object, ConditionType::Ready).as_deref() == Some("Suspended")
    };
    bed.wait("web", "suspended", suspended).await;
    assert_eq!(mutations(&bed), []);

    bed.patch("web", json!({ "spec": { "suspend": false } })).await;
    bed.settled("web").await;
    assert_eq!(names(&bed), ["web-9999"]);

    bed.patch("web", json!({ "spec": { "suspend": true, "selectors": [{ "namespace": "jobs" }] } })).await;
    let object = bed.wait("web", "suspended with a change pending", suspended).await;
    let pending = object.status.unwrap().replacement.unwrap();
    assert_eq!((pending.from.as_str(), pending.to, pending.phase), ("web-9999", None, Phase::Pending));
    assert_eq!(pending.changes, ["selectors: + jobs", "selectors: - web"]);
    assert_eq!(mutations(&bed).len(), 1, "{:?}", mutations(&bed));

    bed.patch("web", json!({ "spec": { "suspend": false } })).await;
    bed.settled("web").await;
    assert_eq!(names(&bed), ["web-9998"]);

    bed.patch("web", json!({ "spec": { "suspend": true } })).await;
    let object = bed.settled("web").await;
    assert_eq!(serves(&object), "web-9998", "suspended with nothing pending is Ready");
    bed.delete("web").await;
    bed.gone("web").await;
    assert!(names(&bed).is_empty());
}

/// `zz` is the elder of the two, `aa` the one whose name sorts first.
async fn two_of_one_name(bed: &Bed) {
    let shared = |name: &str| {
        let mut object = profile(name, name);
        object["spec"]["profileName"] = json!("shared");
        object
    };
    bed.create(&shared("zz")).await;
    let born = bed.profiles().get("zz").await.unwrap().creation_timestamp().unwrap().0;
    // Ages are counted in whole seconds.
    until("a second has passed", || Timestamp::now() >= born + SignedDuration::from_secs(1)).await;
    bed.create(&shared("aa")).await;
}

#[tokio::test]
async fn of_two_objects_that_want_one_name_the_elder_has_it_and_the_other_goes_on_when_it_is_gone() {
    let mut bed = Bed::without_operator(quick()).await.unwrap();
    two_of_one_name(&bed).await;
    bed.start_operator().await.unwrap();
    let other = bed.wait("aa", "refused", |object| stalled(object, "NameTaken")).await;
    let message = stall(&other);
    assert!(message.contains("FargateProfile zz already uses the EKS profile name shared"), "{message}");
    assert_eq!(reason(&other, ConditionType::Ready).as_deref(), Some("NameTaken"));
    let elder = bed.settled("zz").await;
    assert_eq!(serves(&elder), "shared-9999");
    assert_eq!(bed.eks().profile("prod", "shared-9999").unwrap().tags[TAG_OWNER], "zz");
    assert_eq!(names(&bed), ["shared-9999"]);

    bed.delete("zz").await;
    bed.gone("zz").await;
    let other = bed.settled("aa").await;
    assert_eq!(serves(&other), "shared-9999");
    assert_eq!(names(&bed), ["shared-9999"]);
    assert_eq!(bed.eks().profile("prod", "shared-9999").unwrap().tags[TAG_OWNER], "aa");
    assert!(bed.eks().conflicts().is_empty(), "{:?}", bed.eks().conflicts());
}

#[tokio::test]
async fn a_role_that_nobody_names_is_asked_for() {
    let mut bed = Bed::without_operator(quick()).await.unwrap();
    bed.operator_settings().default_role = None;
    bed.start_operator().await.unwrap();
    bed.apply(&profile("web", "web"));
    let object = bed.wait("web", "refused", |object| stalled(object, "DefaultMissing")).await;
    let message = stall(&object);
    assert!(message.contains("spec.podExecutionRoleArn") && message.contains("--default-pod-execution-role-arn"));
    assert_eq!(mutations(&bed), []);

    bed.patch("web", json!({ "spec": { "podExecutionRoleArn": OTHER_ROLE } })).await;
    bed.settled("web").await;
    assert_eq!(bed.eks().profile("prod", "web-9999").unwrap().pod_execution_role_arn, OTHER_ROLE);
}

#[tokio::test]
async fn another_default_role_replaces_nothing_until_the_spec_changes() {
    let mut bed = Bed::start(quick()).await.unwrap();
    bed.apply(&profile("web", "web"));
    let settled = bed.settled("web").await;
    assert_eq!(settled.status.as_ref().unwrap().defaults_drifted, [""; 0]);

    bed.stop_operator();
    bed.operator_settings().default_role = Some(OTHER_ROLE.to_owned());
    bed.start_operator().await.unwrap();
    let drifted = |object: &FargateProfile| !object.status.as_ref().unwrap().defaults_drifted.is_empty();
    bed.wait("web", "told of the new default", drifted).await;
    let object = bed.settled("web").await;
    let status = object.status.unwrap();
    assert_eq!(status.defaults_drifted, ["podExecutionRoleArn"]);
    assert_eq!(status.resolved.unwrap().pod_execution_role_arn.as_deref(), Some(ROLE));
    assert_eq!(status.profile, settled.status.unwrap().profile);
    assert_eq!(mutations(&bed).len(), 1, "{:?}", mutations(&bed));

    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;
    let object = bed.settled("web").await;
    assert_eq!(bed.eks().profile("prod", "web-9998").unwrap().pod_execution_role_arn, OTHER_ROLE);
    assert_eq!(object.status.unwrap().defaults_drifted, [""; 0]);
}

#[tokio::test]
async fn tags_are_changed_in_place_and_those_of_others_stay() {
    let bed = Bed::start(quick()).await.unwrap();
    let mut object = profile("web", "web");
    object["spec"]["tags"] = json!({ "team": "a", "stage": "test" });
    bed.apply(&object);
    bed.settled("web").await;
    bed.eks().outsider().set_tags("prod", "web-9999", &[("cost-centre", "42")]).unwrap();
    let before = bed.eks().profile("prod", "web-9999").unwrap();

    object["spec"]["tags"] = json!({ "team": "b", "owner": "c" });
    bed.apply(&object);
    let settled = bed.settled("web").await;
    let after = bed.eks().profile("prod", "web-9999").unwrap();
    assert_eq!(after.arn, before.arn);
    let mut wanted = before.tags.clone();
    wanted.remove("stage");
    wanted.insert("team".to_owned(), "b".to_owned());
    wanted.insert("owner".to_owned(), "c".to_owned());
    assert_eq!(after.tags, wanted);
    assert_eq!(settled.status.unwrap().applied_tag_keys, ["owner", "team"]);
    let operations: Vec<Operation> = mutations(&bed).into_iter().map(|(operation, _)| operation).collect();
    use Operation::{CreateFargateProfile, TagResource, UntagResource};
    assert_eq!(operations, [CreateFargateProfile, TagResource, UntagResource]);

    // What somebody else makes of a tag of the spec is put right; what is taken out of the spec goes.
    bed.eks().outsider().set_tags("prod", "web-9999", &[("team", "theirs")]).unwrap();
    let tags = || bed.eks().profile("prod", "web-9999").unwrap().tags;
    until("the tag is put right", || tags()["team"] == "b").await;
    bed.patch("web", json!({ "spec": { "tags": null } })).await;
    until("our tags are gone", || !tags().contains_key("team") && !tags().contains_key("owner")).await;
    bed.settled("web").await;
    assert_eq!(tags()["cost-centre"], "42");
    assert_eq!(tags()[TAG_OWNER], "web");
    assert_eq!(bed.eks().profile("prod", "web-9999").unwrap().arn, before.arn);
}

#[tokio::test]
async fn a_restored_object_of_another_uid_keeps_its_profile_and_has_the_uid_tag_corrected_in_place() {
    let mut bed = Bed::start(crate::support::quick(60.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    let before = bed.settled("web").await;
    bed.stop_operator();
    bed.patch("web", json!({ "metadata": { "finalizers": null } })).await;
    bed.delete("web").await;
    bed.gone("web").await;
    bed.create(&profile("web", "web")).await;
    bed.start_operator().await.unwrap();

    let after = bed.settled("web").await;
    assert_ne!(before.uid(), after.uid());
    assert_eq!(created(&bed, "web"), ["web-9999"]);
    let kept = bed.eks().profile(bed::CLUSTER, "web-9999").unwrap();
    assert_eq!(Some(&kept.tags[TAG_OWNER_UID]), after.uid().as_ref());
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0);
    served_without_a_gap(&bed, "web");
}
