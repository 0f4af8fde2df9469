//! What `plan` says of each kind of change, in words and in JSON, and how it ends.

use bed::OTHER_ROLE;
use serde_json::json;

use super::{as_foretold, at_rest, led, planned, typed};
use crate::support::objects::{delete_first, manual, profile};
use crate::support::speeds::swift;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_verdict_has_its_words_and_its_exit_code() {
    let bed = led(swift()).await;
    let mut web = profile("web", "web");
    let new = typed(&bed, &["--detailed-exitcode"], &[web.clone()]).await;
    assert_eq!(new.code, 2, "{new:?}");
    assert!(new.out.contains("web gets its EKS profile\n"), "{}", new.out);
    assert!(new.out.contains("-> create EKS profile web-9999, at once\n"), "{}", new.out);
    assert!(new.out.contains("Plan: 1 to create; about 3 min if nothing goes wrong\n"), "{}", new.out);
    as_foretold(&bed, &[web.clone()], "the first").await;

    let same = typed(&bed, &["-detailed-exitcode"], &[web.clone()]).await;
    assert_eq!((same.code, same.out.as_str()), (0, "Plan: 1 unchanged\n"), "{}", same.err);

    web["spec"]["podExecutionRoleArn"] = json!(OTHER_ROLE);
    let replaced = typed(&bed, &[], &[web.clone()]).await;
    assert_eq!(replaced.code, 0, "{replaced:?}");
    for line in [
        "web is replaced (CreateFirst)\n",
        "podExecutionRoleArn: arn:aws:iam::111122223333:role/fargate-pods-2, was arn:aws:iam::111122223333:role/fargate-pods\n",
        "takes 2 operations of EKS: 1 creation, 1 deletion\n",
        "-> create EKS profile web-9998, at once\n",
        "-> delete EKS profile web-9999, after about ",
        "Plan: 1 to replace; about ",
    ] {
        assert!(replaced.out.contains(line), "{line} is not in\n{}", replaced.out);
    }
    let shop = manual(delete_first("shop", "shop"));
    let plan = as_foretold(&bed, &[web.clone(), shop.clone()], "both").await;
    assert_eq!(
        (plan["objects"][0]["verdict"].as_str(), plan["objects"][1]["verdict"].as_str()),
        (Some("Replace"), Some("Create"))
    );

    web["spec"]["tags"] = json!({ "team": "a" });
    let tagged = planned(&bed, &[web.clone()]).await;
    assert_eq!((&tagged["objects"][0]["verdict"], &tagged["notInManifests"]), (&json!("Tags"), &json!(["shop"])));
    let mut changed = shop.clone();
    changed["spec"]["selectors"][0]["namespace"] = json!("shop-2");
    let waits = typed(&bed, &[], &[changed]).await;
    for line in ["shop waits for approval\n", "then waits for you: AwaitingApproval", "plan 2-", "Plan: 1 to approve\n"]
    {
        assert!(waits.out.contains(line), "{line} is not in\n{}", waits.out);
    }
    at_rest(&bed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manifest_that_the_api_server_refuses_is_an_error_with_its_words() {
    let bed = led(swift()).await;
    let mut web = profile("web", "web");
    web["spec"]["podExecutionRoleArn"] = json!("pods");
    let refused = typed(&bed, &["--detailed-exitcode"], &[web]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    for line in ["web is refused by the API server\n", "is no ARN of an IAM role: write", "Plan: 1 refused\n"] {
        assert!(refused.out.contains(line), "{line} is not in\n{}", refused.out);
    }
    let mut typo = profile("web", "web");
    typo["spec"]["suspended"] = json!(true);
    let refused = typed(&bed, &[], &[typo]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.out.contains("suspended"), "{}", refused.out);
    let none = typed(&bed, &[], &[]).await;
    assert_eq!(none.code, 1);
    assert!(none.err.contains("no FargateProfile is in these manifests"), "{}", none.err);
}
