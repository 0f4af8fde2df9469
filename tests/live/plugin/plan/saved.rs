//! A plan against a saved state is that against the cluster.

use bed::OTHER_ROLE;
use serde_json::{Value, json};

use super::{led, manifest, planned, run};
use crate::support::BedExt;
use crate::support::objects::{profile, serving};
use crate::support::speeds::swift;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_planned_against_a_saved_state_is_what_is_planned_against_the_cluster() {
    let bed = led(swift()).await;
    serving(&bed, &profile("web", "web")).await;
    serving(&bed, &profile("shop", "shop")).await;
    let file = std::env::temp_dir().join(format!("fargate-plan-{}.json", std::process::id()));
    let path = file.to_str().unwrap();
    let mut saving = bed.plugin().unwrap();
    saving.args(["plan", "--save", path]);
    run(saving, "").await.said();
    let mut web = profile("web", "web");
    web["spec"]["podExecutionRoleArn"] = json!(OTHER_ROLE);
    let objects = [web, profile("new", "new")];
    let online = planned(&bed, &objects).await;
    // Neither cluster nor AWS is asked.
    let mut command = bed.plugin().unwrap();
    for (key, value) in [("KUBECONFIG", "/dev/null"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")] {
        command.env(key, value);
    }
    let manifests = file.with_extension("yaml");
    std::fs::write(&manifests, manifest(&objects)).unwrap();
    let output =
        command.args(["plan", "-o", "json", "--state", path, "-f", manifests.to_str().unwrap()]).output().unwrap();
    let offline: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    for what in ["mutations", "changes", "notInManifests"] {
        assert_eq!(offline[what], online[what], "{what}");
    }
    let verdicts =
        |plan: &Value| plan["objects"].as_array().unwrap().iter().map(|it| it["verdict"].clone()).collect::<Vec<_>>();
    assert_eq!(verdicts(&offline), verdicts(&online));
    assert_eq!(verdicts(&offline), [json!("Replace"), json!("Create")]);
    for file in [&file, &manifests] {
        std::fs::remove_file(file).unwrap();
    }
    assert_eq!(bed.names(), ["shop-9999", "web-9999"]);
}
