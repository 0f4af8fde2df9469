//! Answers from files, and what a refused permission costs.

use bed::Bed;
use bed::testing::{TestNamespace, deployment};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{json_of, made, selecting};
use crate::plugin::fargate;
use crate::plugin::person::kubeconfig;
use crate::support::{BedExt, drains};

const PROFILES: &str = "
apiVersion: fargate-operator.dev/v1alpha1
kind: FargateProfile
metadata: { name: shop }
spec:
  selectors:
    - namespace: shop
      labels: { fargate: 'yes' }
";

fn written(bed: &Bed, name: &str, text: &str) -> String {
    let path = bed.control_plane().folder().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn manifest(label: Option<&str>) -> String {
    let mut object = deployment("checkout", 1);
    object["apiVersion"] = json!("apps/v1");
    object["kind"] = json!("Deployment");
    object["metadata"]["namespace"] = json!("shop");
    if let Some(label) = label {
        object["spec"]["template"]["metadata"]["labels"]["fargate"] = json!(label);
    }
    serde_saphyr::to_string(&object).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_judged_without_a_cluster_and_with_one() {
    let bed = Bed::start(drains::fargate(60.0)).await.unwrap();
    let (lacking, right) =
        (written(&bed, "lacking.yaml", &manifest(None)), written(&bed, "right.yaml", &manifest(Some("yes"))));
    let profiles = written(&bed, "profiles.yaml", PROFILES);
    let nowhere = ["--kubeconfig", "/none", "explain", "--profiles", &profiles];
    let offline = |words: &[&str], input: &str| fargate(&bed, &[&nowhere, words].concat(), input);

    let typed = offline(&["-f", &lacking], "");
    assert_eq!(typed.code, 1, "{}", typed.err);
    let first = "Deployment shop/checkout would not run on Fargate: its pods lack the label fargate=yes that FargateProfile shop asks for.\n";
    assert!(typed.out.starts_with(first), "{}", typed.out);
    let patch = typed.out.lines().find(|line| line.contains("kubectl patch --local -f")).unwrap();
    let patched = bed.kubectl().shell("sh").args(["-c", patch]).output().unwrap();
    let patched = String::from_utf8(patched.stdout).unwrap();
    let said = offline(&["-f", "-"], &patched).said();
    assert!(said.starts_with("Deployment shop/checkout would run on Fargate: EKS profile shop-9999.\n"), "{said}");

    let both = format!("{}\n---\n{}", manifest(None), manifest(Some("yes")));
    let typed = offline(&["-f", "-", "-o", "json"], &both);
    let answers: Value = serde_json::from_str(&typed.out).unwrap();
    assert_eq!(
        (&answers[0]["cause"], &answers[1]["cause"]),
        (&json!("LabelMissing"), &json!("WouldRun")),
        "{answers:#}"
    );
    for (words, error) in [
        (&["-f", profiles.as_str()][..], "has no pod and no workload that makes pods"),
        (&["-f", "/none.yaml"], "reading /none.yaml"),
    ] {
        let typed = offline(words, "");
        assert!(typed.code == 1 && typed.err.contains(error), "{}", typed.err);
    }

    bed.create(&selecting("shop", "shop", "fargate", "yes")).await;
    bed.settled("shop").await;
    let said = fargate(&bed, &["explain", "-f", &right], "").said();
    assert!(said.starts_with("Deployment shop/checkout would run on Fargate: EKS profile shop-9999.\n"), "{said}");
    examples(&bed).await;
    refused(&bed).await;
}

/// The examples of its help are commands that answer.
async fn examples(bed: &Bed) {
    let shop = TestNamespace::new(bed, "shop").await;
    made(&shop, "checkout", |_| {}).await;
    let pod = shop.pods().await[0].name_any();
    let folder = written(bed, "checkout.yaml", &manifest(None));
    let folder = std::path::Path::new(&folder).parent().unwrap();
    let help = fargate(bed, &["explain", "--help"], "").said();
    let examples: Vec<&str> = help.lines().filter_map(|line| line.trim().strip_prefix("kubectl fargate ")).collect();
    assert_eq!(examples.len(), 4, "{help}");
    for example in examples {
        let example = example.replace("checkout-7d4f9-x2x8p", &pod);
        let output = bed.plugin().unwrap().current_dir(folder).args(example.split(' ')).output().unwrap();
        let (out, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(errors.is_empty() && out.contains("lack"), "{example}: {out}{errors}");
    }
}

/// What may not be read costs a line; what is not there is an error.
async fn refused(bed: &Bed) {
    // It may be there already.
    let _ = bed.kubectl().run("create clusterrole only-deployments --verb=get --resource=deployments.apps");
    let reader = kubeconfig(bed, "reader", &["only-deployments"]);
    let typed =
        fargate(bed, &["--kubeconfig", reader.to_str().unwrap(), "explain", "deploy/checkout", "-n", "shop"], "");
    let first =
        "Deployment shop/checkout may be on Fargate or not: its pods are not known: you may not list resource pods";
    assert!(typed.out.starts_with(first) && typed.err.is_empty(), "{}{}", typed.out, typed.err);
    let second = "FargateProfiles are not known either: you may not list resource fargateprofiles";
    assert!(typed.out.contains(second), "{}", typed.out);
    let gone = fargate(bed, &["explain", "deploy/nobody", "-n", "shop"], "");
    assert_eq!(gone.code, 1);
    assert!(
        gone.err.contains("deployment nobody is not in namespace shop: see kubectl -n shop get deployments"),
        "{}",
        gone.err
    );
    assert_eq!(json_of(bed, "shop", "deploy/checkout")["cause"], "LabelMissing");
}
