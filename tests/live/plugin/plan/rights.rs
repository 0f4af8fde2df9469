//! What whoever plans may not do costs a line, or an error that says what to ask for. Nothing is ever written.

use bed::{Bed, OTHER_ROLE};
use eks_simulator::{Effect, Fault, Operation};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{Typed, calls, led, manifest, run};
use crate::plugin::person::kubeconfig;
use crate::prerequisites::with_checks;
use crate::support::objects::{profile, serving};
use crate::support::speeds::swift;
use crate::support::{BedExt, until_async};

/// What `plan` needs, as docs/kubectl-fargate.md has it: group, resource, verbs.
const RIGHTS: [(&str, &str, &[&str]); 8] = [
    ("coordination.k8s.io", "leases", &["list"]),
    ("", "namespaces", &["get"]),
    ("fargate-operator.dev", "fargateprofiles", &["get", "list", "patch"]),
    ("", "pods", &["list", "watch"]),
    ("policy", "poddisruptionbudgets", &["list"]),
    ("apps", "replicasets", &["list"]),
    ("apps", "statefulsets", &["list"]),
    ("", "services", &["get", "list"]),
];

/// The kubeconfig of a person with all of these rights but those for one resource.
fn planner(bed: &Bed, without: &str) -> String {
    let name = format!("planner-{}", if without.is_empty() { "whole" } else { without });
    let rights = RIGHTS.iter().filter(|(_, resource, _)| *resource != without);
    let rules: Vec<Value> = rights
        .map(|(group, resource, verbs)| json!({ "apiGroups": [group], "resources": [resource], "verbs": verbs }))
        .collect();
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": { "name": name },
        "rules": rules,
    });
    bed.kubectl().apply(&role.to_string()).unwrap();
    kubeconfig(bed, &name, &[&name]).to_str().unwrap().to_owned()
}

async fn plan(bed: &Bed, kubeconfig: &str, words: &[&str], objects: &[Value]) -> Typed {
    let mut command = bed.plugin().unwrap();
    command.args(["plan", "-f", "-", "--kubeconfig", kubeconfig]).args(words);
    run(command, &manifest(objects)).await
}

/// Types it until the answer has this, since rights that were just given count a moment later.
async fn told(bed: &Bed, kubeconfig: &str, words: &[&str], objects: &[Value], text: &str) -> Typed {
    let mut last = plan(bed, kubeconfig, words, objects).await;
    until_async(&format!("plan says: {text}"), async || {
        last = plan(bed, kubeconfig, words, objects).await;
        println!("{}{}", last.out, last.err);
        last.out.contains(text) || last.err.contains(text)
    })
    .await;
    last
}

fn changed() -> Value {
    let mut web = profile("web", "web");
    web["spec"]["podExecutionRoleArn"] = json!(OTHER_ROLE);
    web
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_only_read_and_apply_dry_gets_the_whole_plan_and_nothing_is_written() {
    let bed = led(swift()).await;
    serving(&bed, &profile("web", "web")).await;
    let before = bed.profiles().get("web").await.unwrap();
    let (since, planner) = (calls(&bed), planner(&bed, ""));
    let answer = told(&bed, &planner, &[], &[changed()], "web is replaced (CreateFirst)\n").await;
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(!answer.out.contains("note:") && answer.err.is_empty(), "{answer:?}");
    let after = bed.profiles().get("web").await.unwrap();
    assert_eq!((after.resource_version(), after.spec), (before.resource_version(), before.spec));
    assert_eq!(calls(&bed), since);
    // What is not there yet would be created.
    let new = plan(&bed, &planner, &[], &[profile("shop", "shop")]).await;
    assert_eq!(new.code, 1, "{new:?}");
    let error = "error: the manifests cannot be applied as a dry run: you may not create resource fargateprofiles in API group \
                 fargate-operator.dev at the cluster scope: ask whoever keeps the cluster for that right\n";
    assert_eq!(new.err, error);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_right_that_is_missing_costs_a_line_or_is_named() {
    let bed = led(swift()).await;
    serving(&bed, &profile("web", "web")).await;
    let ask = "ask whoever keeps the cluster for that right";
    for (without, line) in [
        ("pods", "note: pods are not shown, and taken for none: you may not list resource pods"),
        (
            "poddisruptionbudgets",
            "note: disruption budgets are not shown: you may not list resource poddisruptionbudgets",
        ),
        ("statefulsets", "note: pod templates are not shown: you may not list resource statefulsets"),
    ] {
        let planner = planner(&bed, without);
        let answer = told(&bed, &planner, &[], &[changed()], line).await;
        assert_eq!(answer.code, 0, "{answer:?}");
        assert!(answer.out.contains("-> create EKS profile web-9998, at once\n"), "{}", answer.out);
        assert_eq!(answer.out.matches("note:").count(), 1, "{}", answer.out);
    }
    let nobody = planner(&bed, "leases");
    let lost = told(&bed, &nobody, &[], &[changed()], "name its EKS cluster and region").await;
    assert_eq!(lost.code, 1);
    assert!(lost.err.contains("you may not get resource leases") && lost.err.contains(ask), "{}", lost.err);
    let named = ["--cluster-name", bed::CLUSTER, "--region", &bed.eks().identity().region];
    let named = plan(&bed, &nobody, &named, &[changed()]).await;
    assert_eq!(named.code, 0, "{named:?}");
    assert!(named.out.contains("note: the operator and its settings are not shown: you may not "), "{}", named.out);
    for (without, right) in [
        ("fargateprofiles", "error: you may not get resource fargateprofiles"),
        ("namespaces", "error: you may not get resource namespaces"),
    ] {
        let planner = planner(&bed, without);
        let refused = told(&bed, &planner, &[], &[changed()], right).await;
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
        assert!(refused.err.contains(ask) && refused.err.lines().count() == 1, "{}", refused.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_aws_refuses_is_one_clear_line() {
    let bed = led(with_checks(swift())).await;
    serving(&bed, &profile("web", "web")).await;
    let mut command = bed.plugin().unwrap();
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").args(["plan", "-f", "-"]);
    let nobody = run(command, &manifest(&[changed()])).await;
    let one_line = |typed: &Typed, words: &[&str]| {
        assert_eq!((typed.code, typed.out.as_str()), (1, ""), "{typed:?}");
        assert_eq!(typed.err.lines().count(), 1, "{}", typed.err);
        words.iter().for_each(|word| assert!(typed.err.contains(word), "{}", typed.err));
    };
    one_line(&nobody, &["EKS cluster", "aws sts get-caller-identity"]);
    bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([Operation::ListFargateProfiles])]);
    let denied = super::typed(&bed, &[], &[changed()]).await;
    bed.eks().set_faults([]);
    one_line(&denied, &["EKS cluster", "eks:ListFargateProfiles"]);
    let reads = [Operation::GetRole, Operation::DescribeRouteTables];
    bed.eks().set_faults([Fault::new(Effect::AccessDenied).on(reads)]);
    let unread = super::typed(&bed, &[], &[changed()]).await;
    bed.eks().set_faults([]);
    assert_eq!(unread.code, 0, "{unread:?}");
    let line = "  not known by your rights (-o json tells more): RoleExists, SubnetPrivate\n";
    assert!(unread.out.contains(line) || unread.out.contains("SubnetPrivate, RoleExists\n"), "{}", unread.out);
    assert!(!unread.out.contains("the operator may not"), "{}", unread.out);
}
