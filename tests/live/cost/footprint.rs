//! What the operator costs: its binary, the time until it is ready, its resident memory. Printed, for the resources that
//! the manifests ask for; a release build is measured by `FARGATE_OPERATOR_BINARY=target/release/fargate-operator`.

use std::time::Instant;

use bed::{Bed, CLUSTER, Options, programs};
use serde_json::json;

use crate::support::{BedExt, profile, scrape, until_async};

const OBJECTS: usize = 100;
/// They are spread over so many EKS clusters, which work at the same time.
const CLUSTERS: usize = 10;
const STARTS: usize = 5;

/// Resident memory, and the most that it has been, in KiB.
pub fn memory(bed: &mut Bed) -> [u64; 2] {
    let [pid, _] = bed.operator().unwrap().pids();
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    ["VmRSS:", "VmHWM:"].map(|field| {
        let line = text.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark: make benchmark"]
async fn benchmark_binary_start_and_memory() {
    let size = std::fs::metadata(programs::operator().unwrap()).unwrap().len();
    println!("binary: {:.1} MiB", size as f64 / 1024.0 / 1024.0);
    let more_clusters: Vec<String> = (1..CLUSTERS).map(|n| format!("{CLUSTER}-{n}")).collect();
    let options = Options { time_scale: 300.0, more_clusters: more_clusters.clone(), ..Options::default() };
    let mut bed = Bed::without_operator(options).await.unwrap();
    for _ in 0..STARTS {
        let began = Instant::now();
        bed.start_operator().await.unwrap();
        let address = bed.operator().unwrap().address();
        until_async("it is ready", async || scrape(address, "/readyz").await.contains("ready: leading")).await;
        println!("from the start of the process to ready and leading: {} ms", began.elapsed().as_millis());
        let [now, most] = memory(&mut bed);
        println!("resident memory without objects: {now} KiB, at most {most} KiB");
        bed.stop_operator();
    }
    bed.start_operator().await.unwrap();
    let names: Vec<String> = (0..OBJECTS).map(|n| format!("web-{n:03}")).collect();
    let clusters = more_clusters.iter().map(String::as_str).chain([CLUSTER]).cycle();
    for (name, cluster) in names.iter().zip(clusters) {
        let mut object = profile(name, name);
        object["spec"]["clusterName"] = json!(cluster);
        bed.create(&object).await;
    }
    for name in &names {
        bed.settled(name).await;
    }
    bed.looks(20).await;
    let [now, most] = memory(&mut bed);
    println!("resident memory with {OBJECTS} objects: {now} KiB, at most {most} KiB");
}
