//! docs/quickstart.md: what it tells to type works, as far as that needs no AWS account.

use std::time::Instant;

use bed::Bed;

use crate::support::drains::fargate;
use crate::support::until_async;

const PAGE: &str = include_str!("../../../docs/quickstart.md");

/// The blocks of the page that are run, in order.
fn blocks() -> Vec<&'static str> {
    let fenced = PAGE.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.strip_prefix("sh\n")).collect()
}

/// What a block prints, typed in a shell with kubectl.
fn run(bed: &Bed, block: &str) -> String {
    let output = bed.kubectl().shell("bash").args(["-euo", "pipefail", "-c", block]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{block}\n{errors}");
    String::from_utf8(output.stdout).unwrap()
}

// The shell blocks its thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quickstart_ends_with_pods_on_fargate_and_leaves_nothing() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let began = Instant::now();
    let [profile, pods, change, end] = blocks().try_into().unwrap();
    run(&bed, profile);
    let shown = run(&bed, pods);
    println!("a pod runs on Fargate after {:.0} s; sixty times as fast as EKS", began.elapsed().as_secs_f64());
    assert_eq!(shown.matches("fargate-ip-").count(), 2, "{shown}");
    until_async("the page's own picture", async || {
        let table = bed.kubectl().run("get fp").unwrap();
        table
            .lines()
            .last()
            .is_some_and(|line| line.split_whitespace().take(5).eq(["checkout", "True", "ACTIVE", "Active", "2/2"]))
    })
    .await;
    let shown = run(&bed, change);
    assert!(shown.contains("checkout-9998"), "{shown}");
    run(&bed, end);
    assert!(bed.eks().profiles(bed::CLUSTER).is_empty());
}
