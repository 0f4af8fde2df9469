//! What EKS itself has.

use bed::Bed;
use eks_simulator::{Effect, Fault, Operation, ProfileSpec, ProfileStatus};
use fargate_operator::api::ConditionType;
use serde_json::Value;

use super::{manifests, quick};
use crate::plugin::fargate;
use crate::support::{BedExt, condition, profile};

// EKS answers while the plugin is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn every_profile_of_the_operators_cluster_but_its_own_becomes_a_manifest() {
    let bed = Bed::start(quick()).await.unwrap();
    bed.create(&profile("own", "own")).await;
    bed.settled("own").await;
    let outsider = bed.eks().outsider();
    let placed = [
        ProfileSpec::named("kube_system")
            .selecting("kube-system", &[("k8s-app", "kube-dns")])
            .tagged("team", "platform"),
        ProfileSpec::named("Apps").selecting("app-*", &[("fargate", "true"), ("n", "1")]),
        ProfileSpec::named("stack").selecting("stack", &[]).tagged("aws:cloudformation:stack-name", "network"),
    ];
    for spec in placed {
        outsider.place_profile(bed::CLUSTER, spec, ProfileStatus::Active).unwrap();
    }
    let before = bed.eks().calls(&Operation::MUTATIONS).len();
    let typed = fargate(&bed, &["import", "--from", "eks"], "");
    assert_eq!(typed.code, 0, "{}{}", typed.out, typed.err);
    assert!(typed.err.contains("own-9999: no manifest: by its tags FargateProfile own has it;"), "{}", typed.err);
    assert!(typed.err.contains("stack: tags.aws:cloudformation:stack-name: a mark of CloudFormation"), "{}", typed.err);
    let names: Vec<Value> = manifests(&typed.out).into_iter().map(|it| it["metadata"]["name"].clone()).collect();
    assert_eq!(names, ["apps", "kube-system", "stack"]);

    bed.kubectl().apply(&typed.out).unwrap();
    bed.settled("apps").await;
    bed.settled("kube-system").await;
    let stalled = |object: &_| condition(object, ConditionType::Stalled).is_some_and(|(status, ..)| status == "True");
    bed.wait("stack", "refused, as was said", stalled).await;
    let calls = bed.eks().calls(&Operation::MUTATIONS).split_off(before);
    assert_eq!(calls.iter().map(|call| call.operation).collect::<Vec<_>>(), [Operation::TagResource; 2]);

    // By name and region, without a word to Kubernetes.
    let words = ["import", "--from", "eks", "--cluster-name", "prod", "--region", "eu-central-1", "-o", "json"];
    let mut elsewhere = words.to_vec();
    elsewhere.extend(["--kubeconfig", "/nowhere"]);
    let answer: Value = serde_json::from_str(&fargate(&bed, &elsewhere, "").said()).unwrap();
    assert_eq!(answer["manifests"].as_array().unwrap().len(), 1, "{answer}");
    let typed = fargate(&bed, &["import", "--from", "eks", "--cluster-name", "nowhere"], "");
    assert!(typed.code == 1 && typed.err.contains("error: AWS knows no EKS cluster nowhere in "), "{}", typed.err);
    // What may not be described is not imported, and that is told.
    let denied = Fault::new(Effect::AccessDenied).on([Operation::DescribeFargateProfile]);
    bed.eks().add_fault(denied);
    let typed = fargate(&bed, &words, "");
    let why = "of some Fargate profiles only the names are known: your AWS credentials do not allow eks:DescribeFargateProfile";
    assert!(typed.code == 1 && typed.err.contains(why), "{}", typed.err);
    assert!(typed.err.contains("0 of 4 profiles have a manifest"), "{}", typed.err);
}
