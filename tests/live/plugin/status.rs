//! `kubectl fargate status`: what goes on, at a glance and watched.

use std::process::Stdio;
use std::time::Duration;

use bed::testing::{TestNamespace, deployment, until};
use bed::{Bed, CLUSTER, Options};
use eks_simulator::{ProfileSpec, ProfileStatus};
use k8s_openapi::api::apps::v1::Deployment;
use serde_json::{Value, json};

use super::person::kubeconfig;
use super::{fargate, fargate_in, namespace, typing, untimed};
use crate::support::drains::{another_role, fargate as with_fargate};
use crate::support::objects::{in_a_public_subnet, manual, selecting, serving, spec, stalled, status};
use crate::support::{BedExt, observed, profile, quick, reason};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replacement_is_watched_to_its_end_line_by_line() {
    let mut slow = with_fargate(60.0);
    // Longer than it takes a busy machine to start a program.
    slow.cluster = slow.cluster.creating(Duration::from_secs(20 * 60));
    let bed = Bed::start(slow).await.unwrap();
    let shop = TestNamespace::new(&bed, "shop").await;
    serving(&bed, &profile("shop", "shop")).await;
    shop.create::<Deployment>(deployment("web", 3)).await;
    shop.complete("web").await;
    bed.patch("shop", another_role()).await;
    let said = typing(&bed, &["status", "shop", "--watch", "--timeout", "5m"]).await.unwrap().said();
    let mut phases: Vec<&str> = said.lines().filter_map(|line| line.split("  ").nth(2)?.split(':').next()).collect();
    phases.dedup();
    let mut last = 0;
    for phase in ["Replacing", "Retiring", "Probing 1/3", "Draining 2/3", "Draining 3/3", "Retiring", "Settled"] {
        let found = phases[last..].iter().position(|told| *told == phase);
        last += found.unwrap_or_else(|| panic!("no {phase} after {last} in {phases:?}"));
    }
    assert!(said.ends_with("shop: settled\n"), "{said}");
    // The same in JSON, for what has settled: one document, and it ends.
    let document = fargate(&bed, &["status", "--watch", "-o", "json"], "").said();
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((&document["name"], &document["outlook"]), (&json!("shop"), &json!("Settled")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_person_stands_out_and_the_answer_fits() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    until("the operator is at work", || fargate(&bed, &["status"], "").said() == "There are no FargateProfiles.\n")
        .await;
    // Of one that is not there the operator tells some time later.
    ["api", "more", "batch", "web"].iter().for_each(|name| namespace(&bed, name));
    serving(&bed, &manual(profile("api", "api"))).await;
    serving(&bed, &profile("batch", "batch")).await;
    serving(&bed, &profile("web", "web")).await;
    bed.patch("api", selecting("more")).await;
    bed.patch("batch", spec(json!({ "suspend": true }))).await;
    bed.wait("api", "asking", |object| {
        reason(object, fargate_operator::api::ConditionType::Ready).as_deref() == Some("AwaitingApproval")
    })
    .await;
    bed.wait("batch", "suspended", |object| observed(object) && status(object).reason.as_deref() == Some("Suspended"))
        .await;
    bed.wait("web", "counted", |object| status(object).pods.is_some()).await;
    let text = untimed(&fargate_in(&bed, 80, &["status"]).said());
    assert_eq!(text, WAITING);
    for line in fargate_in(&bed, 60, &["status", "-v"]).said().lines() {
        assert!(line.chars().count() <= 60 || !line.trim().contains(' ') || line.starts_with("  Do"), "{line}");
    }
    let json: Value = serde_json::from_str(&fargate(&bed, &["status", "-o", "json"], "").said()).unwrap();
    let yaml = fargate(&bed, &["status", "api", "-o", "yaml"], "").said();
    let outlooks = ["api", "batch", "web"].map(|name| {
        let of = json["fargateProfiles"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
        of["outlook"].as_str().unwrap().to_owned()
    });
    assert_eq!(outlooks, ["Held", "Settled", "Settled"]);
    assert_eq!(json["operator"]["atWork"], true);
    assert!(yaml.contains("phase: AwaitingApproval"), "{yaml}");

    // It is at rest, but not as its spec says.
    let watched = fargate(&bed, &["status", "--watch"], "");
    assert_eq!(watched.code, 1);
    assert!(watched.err.starts_with("error: FargateProfile api goes on when somebody lets it: kubectl fargate approve api (api: Ready is False (AwaitingApproval): "), "{}", watched.err);
    let missing = fargate(&bed, &["status", "wbe"], "");
    assert_eq!(
        (missing.code, missing.err.as_str()),
        (1, "error: there is no FargateProfile \"wbe\": kubectl get fp lists those that there are\n")
    );
}

const WAITING: &str = "\
NAME    PHASE               FOR   LEFT   PODS
api     Awaiting approval   T     -      0/0
batch   Suspended           T     -      0/0
web     Settled             T     -      0/0

api: Awaiting approval for T
  Would replace: api-9999
  Change: selectors: + more
  Change: selectors: - api
  Effect: affects no pod
  Effect: takes 2 operations of EKS: 1 creation, 1 deletion
  Effect: takes 1 more Fargate profile of the quota while it lasts
  Effect: takes about 3 to 26 minutes once it has its turn
  Do: kubectl fargate approve api

batch: Suspended for T
  nothing is under way
  Do: kubectl fargate resume batch

3 FargateProfiles: 1 settled, 1 awaiting approval, 1 suspended
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stalls_ends_a_watch_early_and_what_waits_for_its_turn_tells_its_place() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "web")).await;
    bed.patch("web", in_a_public_subnet(&bed)).await;
    stalled(&bed, "web", "InvalidParameter").await;
    let watched = fargate(&bed, &["status", "web", "--watch"], "");
    assert_eq!(watched.code, 1);
    assert!(watched.out.contains("  web  Stalled: "), "{}", watched.out);
    assert!(
        watched.err.starts_with(
            "error: FargateProfile web is blocked until somebody acts: web: Stalled is True (InvalidParameter): "
        ),
        "{}",
        watched.err
    );

    // It would be in the queue again with every try.
    bed.delete("web").await;
    bed.gone("web").await;
    bed.eks().outsider().place_profile(CLUSTER, ProfileSpec::named("theirs"), ProfileStatus::Creating).unwrap();
    bed.create(&profile("api", "api")).await;
    bed.wait("api", "in the queue", |object| status(object).queue.is_some()).await;
    let text = fargate_in(&bed, 80, &["status", "api"]).said();
    assert!(text.contains("\napi    Queued (next)"), "{text}");
    assert!(text.contains("theirs is CREATING"), "{text}");

    // Ctrl-C ends it as it ends any command.
    let mut command = bed.plugin().unwrap();
    let child =
        command.args(["status", "api", "--watch"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let looks = bed.eks().calls(&[eks_simulator::Operation::ListFargateProfiles]).len();
    until("it watches", || bed.eks().calls(&[eks_simulator::Operation::ListFargateProfiles]).len() > looks + 20).await;
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()), (Some(1), ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_read_no_leases_is_told_so_in_a_line_and_who_may_read_nothing_what_is_missing() {
    let mut bed = Bed::start(Options::default()).await.unwrap();
    bed.create(&profile("web", "web")).await;
    let words =
        "create clusterrole only-profiles --verb=get,list,watch --resource=fargateprofiles.fargate-operator.dev";
    // It may be there from an earlier test of the same control plane.
    let _ = bed.kubectl().run(words);
    let viewer = kubeconfig(&bed, "viewer", &["only-profiles"]);
    let viewer = viewer.to_str().unwrap();
    let mut seen = fargate(&bed, &["--kubeconfig", viewer, "status"], "");
    // A right is known a moment after it was given.
    until("the viewer may look", || {
        seen = fargate(&bed, &["--kubeconfig", viewer, "status"], "");
        seen.code == 0
    })
    .await;
    assert!(seen.out.starts_with("NAME   PHASE"), "{}", seen.out);
    assert_eq!(
        seen.err,
        "whether an operator is at work is not shown: you may not get resource leases in API group coordination.k8s.io in the namespace \
         fargate-operator: ask whoever keeps the cluster for that right\n"
    );
    // The role for people has that right.
    let fuller = kubeconfig(&bed, "fuller", &["fargate-operator-view"]);
    until("who may view is told everything", || {
        let seen = fargate(&bed, &["--kubeconfig", fuller.to_str().unwrap(), "status"], "");
        seen.code == 0 && seen.err.is_empty()
    })
    .await;
    let nobody = kubeconfig(&bed, "nobody", &[]);
    for words in [&["status"][..], &["status", "--watch"], &["get"], &["wait", "web"], &["approve", "web"]] {
        let answer = fargate(&bed, &[&["--kubeconfig", nobody.to_str().unwrap()], words].concat(), "");
        assert_eq!(answer.code, 1, "{words:?}");
        let last = answer.err.lines().last().unwrap();
        assert!(last.starts_with("error: you may not ") && last.contains("fargateprofiles"), "{words:?}: {last}");
    }
    bed.stop_operator();
    let silent = "no operator is at work, so nothing goes on: see kubectl -n fargate-operator get pods";
    until("its Lease is given back", || fargate(&bed, &["status"], "").out.contains("no operator")).await;
    let text = fargate(&bed, &["status"], "").said();
    assert!(text.starts_with(silent) || text.starts_with("no operator has been at work for"), "{text}");
}
