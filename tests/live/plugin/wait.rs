//! `kubectl fargate wait`: until the condition is met, or cannot be met.

use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::{ProfileSpec, ProfileStatus};

use super::{fargate, on_terminal, typing};
use crate::support::objects::{in_a_public_subnet, selecting, serving, stalled, status};
use crate::support::{BedExt, profile, quick};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_when_the_change_has_come_and_when_the_object_is_gone() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    let ready = fargate(&bed, &["wait", "web", "--for", "ready", "--timeout", "2m"], "").said();
    assert!(ready.ends_with("web: ready: EKS profile web-9999 is ACTIVE and equals the spec\n"), "{ready}");
    bed.patch("web", selecting("more")).await;
    let settled = fargate(&bed, &["wait", "web", "--timeout", "2m"], "").said();
    assert!(settled.ends_with("web: settled: EKS profile web-9998 is ACTIVE and equals the spec\n"), "{settled}");
    assert_eq!(bed.names(), ["web-9998"]);
    let gone = typing(&bed, &["wait", "web", "--for", "deleted", "--timeout", "2m"]);
    bed.delete("web").await;
    let gone = gone.await.unwrap().said();
    assert!(gone.ends_with("FargateProfile web is gone\n"), "{gone}");
    assert!(bed.names().is_empty());
    // Whoever waits for what is gone already waits no longer, and for nothing else.
    assert_eq!(fargate(&bed, &["wait", "web", "--for", "deleted"], "").said(), "FargateProfile web is gone\n");
    let missing = fargate(&bed, &["wait", "web"], "");
    assert_eq!(
        (missing.code, missing.err.as_str()),
        (1, "error: there is no FargateProfile \"web\": kubectl get fp lists those that there are\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_early_when_it_cannot_come_and_says_what_holds_it_when_time_is_over() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "web")).await;
    bed.patch("web", in_a_public_subnet(&bed)).await;
    let refused = fargate(&bed, &["wait", "web", "--timeout", "5m"], "");
    assert_eq!(refused.code, 1);
    let why = "error: FargateProfile web is blocked until somebody acts: web: Stalled is True (InvalidParameter): ";
    assert!(refused.err.starts_with(why), "{}", refused.err);
    assert!(refused.out.contains("  web  Stalled: "), "{}", refused.out);
    stalled(&bed, "web", "InvalidParameter").await;

    // It would be in the queue again with every try.
    bed.delete("web").await;
    bed.gone("web").await;
    bed.eks().outsider().place_profile(CLUSTER, ProfileSpec::named("theirs"), ProfileStatus::Creating).unwrap();
    bed.create(&profile("api", "api")).await;
    bed.wait("api", "in the queue", |object| status(object).queue.is_some()).await;
    let late = fargate(&bed, &["wait", "api", "--timeout", "1s"], "");
    assert_eq!(late.code, 1);
    let why = "error: time is over after 1s: not settled: api: Reconciling is True (WaitingForTurn): ";
    assert!(late.err.starts_with(why) && late.err.contains("theirs is CREATING"), "{}", late.err);

    bed.eks().outsider().vanish_profile(CLUSTER, "theirs").unwrap();
    bed.settled("api").await;
    bed.delete("api").await;
    let deleting = fargate(&bed, &["wait", "api"], "");
    assert_eq!(deleting.code, 1);
    assert!(
        deleting.err.contains("FargateProfile api is being deleted") || deleting.err.contains("there is no"),
        "{}",
        deleting.err
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_terminal_one_picture_is_redrawn_in_place() {
    let mut slow = quick(120.0);
    // Longer than it takes a busy machine to start a program.
    slow.cluster = slow.cluster.creating(Duration::from_secs(20 * 120));
    let bed = Bed::start(slow).await.unwrap();
    bed.create(&profile("web", "web")).await;
    let seen = on_terminal(&bed, &["wait", "web", "--timeout", "5m"]).said();
    let redrawn = seen.matches("\u{1b}[J").count();
    assert!(redrawn >= 2, "{seen:?}");
    assert!(seen.contains("A\u{1b}[J\u{1b}[1mweb\u{1b}[0m: Creating for "), "{seen:?}");
    assert!(seen.contains("\u{1b}[32mSettled\u{1b}[0m for "), "{seen:?}");
    assert!(seen.ends_with("web: settled: EKS profile web-9999 is ACTIVE and equals the spec\r\n"), "{seen:?}");
}
