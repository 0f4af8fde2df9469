//! Approval: Manual. Nothing begins before a person has approved exactly that, and an approval serves once.

use bed::{Bed, CLUSTER, OTHER_ROLE, Options, ROLE};
use eks_simulator::{Operation, ProfileStatus};
use fargate_operator::api::ConditionType::{Available, Ready, Reconciling, Stalled};
use fargate_operator::api::{APPROVE_ANNOTATION, FargateProfile, Phase};
use serde_json::{Value, json};

use crate::support::objects::{delete_first, eks_has, manual, namespace, selecting, serving, status};
use crate::support::oracle::{calls, created, gaps, lives, served_without_a_gap, story};
use crate::support::{BedExt, is, message, observed, profile, quick, reason};

/// The annotation by which a person approves.
fn approving(plan: &str) -> Value {
    json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: plan } } })
}

/// Waits until the present generation awaits approval.
async fn awaiting(bed: &Bed, name: &str) -> FargateProfile {
    bed.wait(name, "awaiting approval", |object| {
        observed(object) && reason(object, Ready).as_deref() == Some("AwaitingApproval")
    })
    .await
}

fn plan_of(object: &FargateProfile) -> String {
    status(object).replacement.unwrap().plan_id.unwrap()
}

/// The plan is shown to whoever asks kubectl, and nothing begins.
async fn nothing_begins(bed: &Bed, name: &str, change: &str) -> String {
    let object = awaiting(bed, name).await;
    let mutations = bed.eks().calls(&Operation::MUTATIONS).len();
    assert!(is(&object, Available) && !is(&object, Reconciling) && !is(&object, Stalled), "{object:?}");
    let plan = plan_of(&object);
    assert!(message(&object, Ready).contains(&plan) && message(&object, Ready).contains("kubectl annotate"));

    let yaml = bed.kubectl().run(&format!("get fp {name} -o yaml")).unwrap();
    for line in [format!("planID: {plan}"), format!("- '{change}'"), "phase: AwaitingApproval".to_owned()] {
        assert!(yaml.contains(&line), "no {line:?} in\n{yaml}");
    }
    bed.looks(3).await;
    assert_eq!(bed.eks().calls(&Operation::MUTATIONS).len(), mutations, "{}", story(bed));
    plan
}

#[tokio::test]
async fn create_first_begins_when_its_plan_is_approved_and_an_old_approval_approves_nothing_later() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    let mut object = profile("web", "a");
    object["spec"]["replacement"] = json!({});
    // The first profile has nothing to lose.
    serving(&bed, &manual(object)).await;
    bed.patch("web", selecting("b")).await;
    let plan = nothing_begins(&bed, "web", "selectors: + b").await;
    bed.patch("web", approving("1-00000000")).await;
    bed.looks(2).await;
    assert_eq!(created(&bed, "web").len(), 1);
    bed.patch("web", approving(&plan)).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);

    // The same change weeks later is another plan, although the annotation still stands there.
    for (to, approved) in [("a", true), ("b", false)] {
        bed.patch("web", selecting(to)).await;
        let next = nothing_begins(&bed, "web", &format!("selectors: + {to}")).await;
        assert_ne!(next, plan);
        if approved {
            bed.patch("web", approving(&next)).await;
            bed.settled("web").await;
            bed.patch("web", approving(&plan)).await;
        }
    }
    assert_eq!(created(&bed, "web"), ["web-9999", "web-9998", "web-9997"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn delete_first_opens_its_gap_when_that_is_approved_and_no_other() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &manual(delete_first("web", "a"))).await;
    bed.patch("web", selecting("b")).await;
    let plan = nothing_begins(&bed, "web", "selectors: + b").await;
    // Approved is what was shown, not what it has been edited to since.
    bed.patch("web", selecting("c")).await;
    let other = nothing_begins(&bed, "web", "selectors: + c").await;
    assert_ne!(other, plan);
    bed.patch("web", approving(&plan)).await;
    bed.looks(2).await;
    assert_eq!(lives(&bed, "web"), ["web CREATING", "web ACTIVE"]);
    bed.patch("web", approving(&other)).await;
    bed.settled("web").await;
    assert_eq!((namespace(&bed, "web").as_str(), gaps(&bed, "web").len()), ("c", 1), "{}", story(&bed));

    bed.patch("web", selecting("a")).await;
    nothing_begins(&bed, "web", "selectors: + a").await;
    assert_eq!(gaps(&bed, "web").len(), 1);
}

/// The cluster is busy while the plan is approved, and the approval is gone when the turn comes.
async fn taken_back(object: Value) -> Bed {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &manual(object)).await;
    bed.patch("web", selecting("b")).await;
    let plan = plan_of(&awaiting(&bed, "web").await);
    let busy = eks_simulator::ProfileSpec::named("somebody-elses");
    bed.eks().outsider().place_profile(CLUSTER, busy, ProfileStatus::Creating).unwrap();
    bed.patch("web", approving(&plan)).await;
    bed.wait("web", "in the queue", |object| status(object).queue.is_some()).await;
    bed.patch("web", approving("none")).await;
    bed.eks().outsider().vanish_profile(CLUSTER, "somebody-elses").unwrap();
    awaiting(&bed, "web").await;
    bed.looks(3).await;
    assert_eq!(lives(&bed, "web").len(), 2, "{}", story(&bed));
    assert_eq!(status(&bed.profiles().get("web").await.unwrap()).previous, None);
    // Given again, it counts again.
    bed.patch("web", approving(&plan)).await;
    bed.settled("web").await;
    bed
}

#[tokio::test]
async fn create_first_an_approval_taken_back_before_the_turn_comes_counts_no_more() {
    let mut object = profile("web", "a");
    object["spec"]["replacement"] = json!({ "strategy": "CreateFirst" });
    let bed = taken_back(object).await;
    assert_eq!(bed.names(), ["web-9998"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn delete_first_an_approval_taken_back_before_the_turn_comes_opens_no_gap() {
    let bed = taken_back(delete_first("web", "a")).await;
    assert_eq!(gaps(&bed, "web").len(), 1, "{}", story(&bed));
}

#[tokio::test]
async fn a_profile_whose_pods_nobody_can_see_is_deleted_when_that_is_approved() {
    let options = Options { more_clusters: vec!["staging".to_owned()], ..quick(120.0) };
    let bed = Bed::start(options).await.unwrap();
    let mut there = profile("web", "a");
    there["spec"]["clusterName"] = json!("staging");
    serving(&bed, &there).await;
    bed.patch("web", selecting("b")).await;
    let unknown = |object: &FargateProfile| reason(object, Stalled).as_deref() == Some("PodsUnknown");
    let object = bed.wait("web", "stalled", |object| unknown(object) && observed(object)).await;
    let plan = plan_of(&object);
    assert!(message(&object, Stalled).contains(&plan), "{}", message(&object, Stalled));
    assert_eq!(status(&object).replacement.unwrap().phase, Phase::Draining);
    bed.looks(3).await;
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0);
    bed.patch("web", approving(&plan)).await;
    bed.settled("web").await;
    let left: Vec<String> = bed.eks().profiles("staging").into_iter().map(|profile| profile.name).collect();
    assert_eq!(left, ["web-9998"]);

    // The next profile is another matter.
    bed.patch("web", selecting("c")).await;
    let object = bed.wait("web", "stalled", |object| unknown(object) && observed(object)).await;
    assert_ne!(plan_of(&object), plan);
    bed.looks(3).await;
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 1);
}

#[tokio::test]
async fn a_changed_default_is_shown_with_its_plan_and_replaces_nothing_until_that_is_approved() {
    let mut bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "web")).await;
    bed.stop_operator();
    bed.operator_settings().default_role = Some(OTHER_ROLE.to_owned());
    bed.start_operator().await.unwrap();
    let drifted = |object: &FargateProfile| !status(object).defaults_drifted.is_empty();
    let object = bed.wait("web", "told of the new default", drifted).await;
    assert_eq!(status(&object).defaults_drifted, ["podExecutionRoleArn"]);
    assert!(is(&object, Ready), "{object:?}");
    let shown = status(&object).replacement.unwrap();
    assert_eq!((shown.phase, shown.to), (Phase::AwaitingApproval, None));
    assert_eq!(shown.changes, [format!("podExecutionRoleArn: {OTHER_ROLE}, was {ROLE}")]);
    bed.looks(3).await;
    assert_eq!(created(&bed, "web"), ["web-9999"]);

    bed.patch("web", approving(&shown.plan_id.unwrap())).await;
    eks_has(&bed, "web-9998", ProfileStatus::Active).await;
    let object = bed.wait("web", "replaced", |object| is(object, Ready) && status(object).replacement.is_none()).await;
    assert_eq!(status(&object).defaults_drifted, [""; 0]);
    assert_eq!(status(&object).resolved.unwrap().pod_execution_role_arn.as_deref(), Some(OTHER_ROLE));
    assert_eq!(bed.names(), ["web-9998"]);
    assert_eq!(bed.eks().profile(CLUSTER, "web-9998").unwrap().pod_execution_role_arn, OTHER_ROLE);
    served_without_a_gap(&bed, "web");
}
