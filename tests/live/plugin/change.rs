//! `approve`, `suspend`, `resume` and `retry`, as people type them.

use bed::Bed;
use fargate_operator::api::ConditionType::Ready;
use fargate_operator::api::{FargateProfile, RETRY_ANNOTATION};
use kube::ResourceExt;

use super::fargate;
use super::person::kubeconfig;
use crate::support::objects::{in_a_public_subnet, manual, selecting, serving, stalled, status};
use crate::support::{BedExt, observed, profile, quick, reason, until};

fn asks(object: &FargateProfile) -> bool {
    observed(object) && reason(object, Ready).as_deref() == Some("AwaitingApproval")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_approved_as_it_was_shown_and_goes() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &manual(profile("web", "web"))).await;
    let nothing = fargate(&bed, &["approve", "web"], "");
    assert_eq!(
        (nothing.code, nothing.err.as_str()),
        (1, "error: nothing of FargateProfile web waits for approval: it is settled\n")
    );
    bed.patch("web", selecting("more")).await;
    let asking = bed.wait("web", "asking", asks).await;
    let plan = status(&asking).replacement.unwrap().plan_id.unwrap();

    let other = fargate(&bed, &["approve", "web", "--plan", "1-0"], "");
    assert_eq!(other.code, 1);
    assert!(other.err.contains(&format!("that waits is {plan}, not 1-0: nothing is approved")), "{}", other.err);
    // Who may edit may not approve, where the policies of the install are.
    let editor = kubeconfig(&bed, "editor", &["fargate-operator-view", "fargate-operator-edit"]);
    let editor = ["--kubeconfig", editor.to_str().unwrap(), "approve", "web", "--dry-run=server"];
    until("the policy works", || fargate(&bed, &editor, "").err.contains("may not set the annotation")).await;
    let refused = fargate(&bed, &editor, "");
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.starts_with("error: user \"system:serviceaccount:default:editor\" may not set the annotation"),
        "{}",
        refused.err
    );
    let dry = fargate(&bed, &["approve", "web", "--dry-run=server"], "").said();
    assert!(dry.ends_with(&format!("web approved: plan {plan} (server dry run)\n")), "{dry}");
    let annotations = bed.profiles().get("web").await.unwrap().annotations().clone();
    assert!(annotations.values().all(|value| *value != plan), "{annotations:?}");

    let said = fargate(&bed, &["approve", "web", "--plan", &plan], "").said();
    assert!(said.starts_with(&format!("web: plan {plan}\n  Change: selectors: + more\n")), "{said}");
    assert!(said.ends_with(&format!("web approved: plan {plan}\n")), "{said}");
    fargate(&bed, &["wait", "web", "--timeout", "2m"], "").said();
    assert_eq!(bed.names(), ["web-9998"]);
    let object = bed.profiles().get("web").await.unwrap();
    assert!(object.managed_fields().iter().any(|entry| entry.manager.as_deref() == Some("fargate-operator-plugin")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_suspended_and_resumed() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "web")).await;
    assert_eq!(
        fargate(&bed, &["suspend", "web"], "").said(),
        "web suspended: nothing more begins, and a drain pauses\n"
    );
    assert_eq!(fargate(&bed, &["suspend", "web"], "").said(), "web is suspended already\n");
    bed.patch("web", selecting("more")).await;
    let held = fargate(&bed, &["wait", "web", "--timeout", "2m"], "");
    assert_eq!(held.code, 1);
    let why = "error: FargateProfile web goes on when somebody lets it: kubectl fargate resume web (web: Ready is False (Suspended): ";
    assert!(held.err.starts_with(why), "{}", held.err);
    assert_eq!(fargate(&bed, &["resume", "web"], "").said(), "web resumed\n");
    fargate(&bed, &["wait", "web", "--timeout", "2m"], "").said();
    assert_eq!(bed.names(), ["web-9998"]);
    assert_eq!(bed.profiles().get("web").await.unwrap().spec.suspend, None);
    assert_eq!(fargate(&bed, &["resume", "web"], "").said(), "web is not suspended\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_tried_again_when_somebody_asks() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "web")).await;
    let nothing = fargate(&bed, &["retry", "web"], "");
    assert_eq!(nothing.code, 1);
    assert!(
        nothing.err.starts_with("error: nothing of FargateProfile web has failed, it is settled"),
        "{}",
        nothing.err
    );
    bed.patch("web", in_a_public_subnet(&bed)).await;
    stalled(&bed, "web", "InvalidParameter").await;
    assert_eq!(fargate(&bed, &["retry", "web"], "").said(), "web: another try is asked for: InvalidParameter\n");
    let asked = bed.profiles().get("web").await.unwrap().annotations()[RETRY_ANNOTATION].clone();
    bed.wait("web", "tried again", |object| status(object).handled_retry.as_ref() == Some(&asked)).await;
    // It is no more so than before, and whoever waits is told that and not of the stall before.
    let refused = fargate(&bed, &["wait", "web", "--timeout", "2m"], "");
    assert_eq!(refused.code, 1);
    assert_eq!(
        fargate(&bed, &["retry", "web", "--force", "--dry-run"], "").said(),
        "web: another try is asked for: InvalidParameter (server dry run)\n"
    );
}
