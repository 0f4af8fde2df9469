//! Pods that go from one FargateProfile to another, or that move with theirs.

use bed::OTHER_ROLE;
use serde_json::{Value, json};

use super::{as_foretold, led};
use crate::support::drains::fargate;
use crate::support::served::{Served, selecting};

/// The object with another role, which has it replaced.
fn with_role(mut object: Value, role: Option<&str>) -> Value {
    if let Some(role) = role {
        object["spec"]["podExecutionRoleArn"] = json!(role);
    }
    object
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_that_move_and_pods_that_are_handed_over_are_foretold() {
    let bed = led(fargate(60.0)).await;
    let (alpha, beta) =
        (|namespaces: &[&str]| selecting("alpha", namespaces), |namespaces: &[&str]| selecting("beta", namespaces));
    as_foretold(&bed, &[alpha(&["left", "right"])], "the first").await;
    let served = [Served::start(&bed, "left", 2).await, Served::start(&bed, "right", 2).await];
    let steps: Vec<(&str, Vec<Value>)> = vec![
        ("another role", vec![with_role(alpha(&["left", "right"]), Some(OTHER_ROLE))]),
        ("the role of before", vec![alpha(&["left", "right"])]),
        ("right goes to beta", vec![alpha(&["left"]), beta(&["right"])]),
        ("and back", vec![alpha(&["left", "right"]), beta(&["elsewhere"])]),
        ("left goes to beta", vec![alpha(&["right"]), beta(&["left", "elsewhere"])]),
        ("all goes to beta", vec![alpha(&["nowhere"]), beta(&["left", "right"])]),
        (
            "both get another role",
            vec![
                with_role(alpha(&["nowhere"]), Some(OTHER_ROLE)),
                with_role(beta(&["left", "right"]), Some(OTHER_ROLE)),
            ],
        ),
        ("they change places", vec![alpha(&["left", "right"]), beta(&["nowhere"])]),
    ];
    let mut handed_over = 0;
    for (what, objects) in &steps {
        let plan = as_foretold(&bed, objects, what).await;
        handed_over += plan["handovers"].as_array().unwrap().len();
    }
    assert!(handed_over >= 3, "{handed_over}");
    served.iter().for_each(Served::served);
}
