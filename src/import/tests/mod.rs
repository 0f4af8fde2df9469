//! What each shape of file yields: manifests, and what is not in them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{About, Format, Imported, Keeper, imported, read};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/plugin/import/fixtures/", $name))
    };
}

mod letting_go;
mod odd;

fn of(format: Format, text: &str) -> Vec<Imported> {
    imported(read(format, text).unwrap().profiles)
}

/// A manifest in a line: name, EKS name, cluster, role, subnets, selectors, tags.
fn brief(imported: &Imported) -> String {
    let Some(manifest) = &imported.manifest else {
        let why = imported
            .lost
            .iter()
            .find(|lost| lost.why.starts_with("no manifest") || lost.why.contains("same EKS profile"));
        return format!("none: {}", why.unwrap().why);
    };
    let spec = &manifest.spec;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let role = spec.pod_execution_role_arn.as_ref().map_or("-", |role| role.split_once("role/").unwrap().1);
    let subnets: Vec<&str> = spec.subnets.iter().flatten().map(|subnet| &subnet[subnet.len() - 1..]).collect();
    let map = |map: &Option<BTreeMap<String, String>>| {
        map.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    };
    let selectors: Vec<String> =
        spec.selectors.iter().map(|it| format!("{}{{{}}}", it.namespace, map(&it.labels))).collect();
    let manual = if spec.replacement.is_some() { " manual" } else { "" };
    format!(
        "{} {} {} {role} [{}] {} [{}]{manual}",
        manifest.name(),
        text(&spec.profile_name),
        text(&spec.cluster_name),
        subnets.join(","),
        selectors.join(" "),
        map(&spec.tags)
    )
}

fn lost(all: &[Imported]) -> Vec<&str> {
    all.iter().flat_map(|it| &it.lost).map(|lost| lost.field.as_str()).collect()
}

#[test]
fn each_shape_becomes_manifests_and_a_list_of_what_is_not_in_them() {
    use Format::{Ack, Capa, CloudFormation, Crossplane, Describe, Eksctl, Terraform};
    let rows: &[(Format, &str, &[&str], &[&str])] = &[
        (
            Eksctl,
            fixture!("eksctl-config.yaml"),
            &[
                "fp-default fp-default prod fargate-pods [] default{} batch-*{} [] manual",
                "fp-dev fp_dev prod fargate-pods-2 [1,2] dev{checks=true,env=dev} [team=dev]",
            ],
            &["subnets", "replacement.approval"],
        ),
        (
            Eksctl,
            fixture!("eksctl-get.json"),
            &["fp-shop fp-shop - fargate-pods [1] shop{compute=fargate} [team=shop] manual"],
            &["clusterName", "replacement.approval"],
        ),
        (
            Eksctl,
            fixture!("eksctl-variables.yaml"),
            &[
                "none: no manifest: selectors[0]: ${ENV} is a placeholder: put its value in first (envsubst, helm template)",
                "fp-mistyped fp-mistyped prod - [] mistyped{green=no} [] manual",
            ],
            &["name", "", "tags.green", "podExecutionRoleArn", "subnets", "replacement.approval"],
        ),
        (
            Ack,
            fixture!("ack-one.yaml"),
            &["shop-ack shop-ack prod eksdemo.lab.fargate-pod-execution-role [1,2] shop{} [team=shop]"],
            &["spec.clientRequestToken", "metadata.annotations", "tags.services.k8s.aws/namespace"],
        ),
        (
            Ack,
            fixture!("ack-list.yaml"),
            &[
                "jobs jobs prod fargate-pods [1,2] jobs{tier=1} []",
                "elsewhere elsewhere prod - [] elsewhere{} [] manual",
            ],
            &["metadata.labels", "spec.podExecutionRoleRef", "subnets", "replacement.approval"],
        ),
        (
            Crossplane,
            fixture!("crossplane-upjet.yaml"),
            &[
                "shop shop - - [] shop-m{compute=fargate} [team=shop] manual",
                "jobs-1 Jobs_1 prod fargate-pods [1] jobs-u{} []",
            ],
            &[
                "spec.forProvider.clusterNameRef",
                "spec.forProvider.podExecutionRoleArnRef",
                "spec.forProvider.subnetIdRefs",
                "spec.forProvider.region",
                "spec.managementPolicies",
                "spec.providerConfigRef",
                "tags.crossplane-kind",
                "tags.crossplane-name",
                "clusterName",
                "replacement.approval",
                "spec.forProvider.region",
                "spec.deletionPolicy",
            ],
        ),
        (
            Crossplane,
            fixture!("crossplane-native.yaml"),
            &["native native prod fargate-pods [1] native{tier=web} [team=native]"],
            &["spec.forProvider.region", "spec.providerConfigRef"],
        ),
        (
            Capa,
            fixture!("capa-one.yaml"),
            &["clusters-lab-fargate-0 clusters_lab-fargate-0 - - [] shop-capa{} [team=shop] manual"],
            &["spec.clusterName", "spec.roleName", "clusterName", "subnets", "replacement.approval"],
        ),
        (
            Capa,
            fixture!("capa-whole.yaml"),
            &["clusters-fargate-1 clusters_fargate-1 prod - [1] web-capa{tier=web} [] manual"],
            &["podExecutionRoleArn", "replacement.approval"],
        ),
        (
            Terraform,
            fixture!("terraform-state.json"),
            &[
                "team-b team-b prod fargate-pods [1] team-b{} [stage=prod,team=b]",
                "kube-system kube_system prod eks/fargate/pods [1,2] kube-system{k8s-app=kube-dns} []",
            ],
            &["timeouts"],
        ),
        (
            Terraform,
            fixture!("terraform-plan.json"),
            &["apps apps prod fargate-pods [1] app-*{} []", "new new prod - [] new{} [] manual"],
            &["", "pod_execution_role_arn", "pod_execution_role_arn", "subnet_ids", "", "replacement.approval"],
        ),
        (
            Describe,
            fixture!("describe-one.json"),
            &["plain plain prod fargate-pods [1] plain{app=plain} [team=plain]"],
            &[],
        ),
        (
            Describe,
            fixture!("describe-many.json"),
            &[
                "one-1 one-1 prod fargate-pods [1] one{} []",
                "one-1-2 one_1 prod fargate-pods [1] two{} []",
                "none: it is the same EKS profile as one-1, which has a manifest",
                "none: no manifest: it is CREATE_FAILED, and only an ACTIVE profile is taken over",
            ],
            &["", ""],
        ),
        (
            CloudFormation,
            fixture!("cdk-custom.json"),
            &[
                "none: no manifest: its name in EKS is not known: find it (aws eks list-fargate-profiles), and give it by --profile-name",
            ],
            &["Properties.AssumeRoleArn", "FargateProfileName", "DependsOn", ""],
        ),
        (
            CloudFormation,
            fixture!("cdk-template.yaml"),
            &["prod-sys prod-sys prod - [1,2] kube-system{k8s-app=kube-dns} [team=platform] manual"],
            &[
                "Properties.PodExecutionRoleArn",
                "Properties.ClusterName",
                "Properties.FargateProfileName",
                "Properties.Subnets",
                "replacement.approval",
            ],
        ),
    ];
    for (format, text, manifests, fields) in rows {
        let all = of(*format, text);
        assert_eq!(all.iter().map(brief).collect::<Vec<_>>(), *manifests);
        assert_eq!(lost(&all), *fields, "{manifests:?}");
    }
}

#[test]
fn a_file_of_another_kind_is_told_apart_from_one_without_profiles() {
    for (format, text, told) in [
        (Format::Terraform, "{}", "it is neither a state nor a plan"),
        (Format::Terraform, r#"{"format_version": "1.0"}"#, "it has no aws_eks_fargate_profile"),
        (Format::CloudFormation, "Resources: {}", "it is no template with an AWS::EKS::FargateProfile"),
        (Format::Describe, "a: 1", "a part of it is no Fargate profile"),
        (Format::Ack, "kind: FargateProfile", "it has no FargateProfile of eks.services.k8s.aws"),
        (Format::Crossplane, "kind: FargateProfile", "it has no FargateProfile of Crossplane"),
        (Format::Capa, "", "it has no AWSFargateProfile"),
        (Format::Eksctl, "kind: ClusterConfig\nmetadata: { name: lab }", "it has no fargateProfiles"),
    ] {
        let reading = read(format, text).unwrap();
        assert!(reading.profiles.is_empty() && reading.lost.iter().any(|lost| lost.why.contains(told)), "{reading:?}");
    }
    assert!(read(Format::Eksctl, "a: [").unwrap_err().to_string().contains("neither YAML nor JSON"));
}

#[test]
fn values_are_taken_as_they_are_written_or_told() {
    let profile = |fields: &str| format!("fargateProfiles: [{{ name: web, {fields} }}]");
    let selecting = |labels: &str| profile(&format!("selectors: [{{ namespace: web, labels: {labels} }}]"));
    for (text, result) in [
        (selecting("{ a: yes, b: 007, c: 1, d: null }"), "none: no manifest: selectors[0]: label d: it has no value"),
        (selecting("{ a: true, b: 007, c: 1_0 }"), "web web - - [] web{a=true,b=007,c=1_0} [] manual"),
        (
            selecting("{ version: 1.10 }"),
            "none: no manifest: selectors[0]: label version: 1.1 is a number: put it in quotes, as it is to be read",
        ),
        (selecting("{ a b: c }"), "none: no manifest: selector 1: no label of a pod can match the key \"a b\""),
        (profile("selectors: []"), "none: no manifest: it has no selectors"),
        (profile("selectors: [{ labels: { a: b } }]"), "none: no manifest: selectors[0]: it has no namespace"),
        (
            profile("selectors: [{ namespace: '{{ .Values.ns }}' }]"),
            "none: no manifest: selectors[0]: {{ .Values.ns }} is a placeholder: put its value in first (envsubst, helm template)",
        ),
        (profile("selectors: { namespace: web }"), "web web - - [] web{} [] manual"),
    ] {
        let all = of(Format::Eksctl, &text);
        assert_eq!(all.iter().map(brief).collect::<Vec<_>>(), [result], "{text}");
    }
    // What ACK has resolved needs no reference any more.
    let both = "{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: web }, spec: { name: web, \
                clusterName: prod, clusterRef: { from: { name: main } }, selectors: [{ namespace: web }] } }";
    assert!(!lost(&of(Format::Ack, both)).contains(&"spec.clusterRef"));
    let two = "[{name: web, selectors: [{namespace: a}]}, {name: Web, selectors: [{namespace: b}]}]";
    assert!(lost(&of(Format::Eksctl, two)).contains(&"profileName"));
}

#[test]
fn functions_of_a_template_are_answered_by_the_template_or_stay() {
    let template: Value = serde_json::json!({
        "Parameters": { "A": { "Type": "String", "Default": "a" }, "B": { "Type": "String" } },
        "Mappings": { "M": { "x": { "y": "z" } } },
        "Resources": { "C": { "Type": "AWS::EKS::Cluster", "Properties": { "Name": { "Ref": "A" } } } },
    });
    for (text, value) in [
        (r#"{"Ref": "A"}"#, r#""a""#),
        (r#"{"Ref": "B"}"#, r#"{"Ref":"B"}"#),
        (r#"{"Ref": "C"}"#, r#""a""#),
        (r#"{"Fn::Sub": "${A}-${!A}-x"}"#, r#""a-${A}-x""#),
        (r#"{"Fn::Sub": "${AWS::Region}"}"#, r#"{"Fn::Sub":"${AWS::Region}"}"#),
        (r#"{"Fn::Sub": ["${V}", {"V": {"Ref": "A"}}]}"#, r#""a""#),
        (r#"{"Fn::Join": ["-", ["x", {"Ref": "A"}]]}"#, r#""x-a""#),
        (r#"{"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}"#, r#""b""#),
        (r#"{"Fn::FindInMap": ["M", "x", "y"]}"#, r#""z""#),
    ] {
        let found = super::intrinsics::resolved(&serde_json::from_str(text).unwrap(), &template).0;
        assert_eq!(found.to_string(), value);
    }
}
