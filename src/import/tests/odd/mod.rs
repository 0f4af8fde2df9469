//! Files that are real, and not what the manual shows: each yields the right manifest, or says what is missing and why.

use super::*;

mod carried;
mod certain;
mod crossplane;
mod doubtful;
mod state;
mod templates;
mod written;

/// A kind of file, one of it, its manifests as [`brief`] tells them, and parts of what is said besides.
type Row = (Format, &'static str, &'static [&'static str], &'static [&'static str]);

fn check(rows: &[Row]) {
    for (format, text, manifests, told) in rows {
        let reading = read(*format, text).unwrap();
        let of_file = reading.lost.iter().map(|lost| format!("{} {}: {}", lost.object, lost.field, lost.why));
        let mut said: Vec<String> = of_file.collect();
        let all = imported(reading.profiles);
        said.extend(all.iter().flat_map(|it| &it.lost).map(|lost| format!("{}: {}", lost.field, lost.why)));
        assert_eq!(all.iter().map(brief).collect::<Vec<_>>(), *manifests, "{text}\n{said:#?}");
        for part in *told {
            assert!(said.iter().any(|said| said.contains(part)), "{part}: {text}\n{said:#?}");
        }
    }
}

#[test]
fn eksctl() {
    check(&[
        // What `eksctl create cluster --fargate` makes, with a subnet by the name that the file gives it.
        (
            Format::Eksctl,
            "{ kind: ClusterConfig, metadata: { name: prod, region: eu-west-1 }, vpc: { subnets: { private: { one: { id: \
             subnet-0aaaaaaa000000001 } } } }, fargateProfiles: [{ name: fp-default, subnets: [one], selectors: [{ namespace: \
             default }, { namespace: kube-system }] }] }",
            &["fp-default fp-default prod - [1] default{} kube-system{} [] manual"],
            &["podExecutionRoleARN: eksctl makes the role", "region: the operator works in one region"],
        ),
        // A profile where the list of them belongs.
        (
            Format::Eksctl,
            "{ metadata: { name: prod }, fargateProfiles: { name: web, selectors: [{ namespace: web }] } }",
            &["web web prod - [] web{} [] manual"],
            &[],
        ),
        (
            Format::Eksctl,
            "{ kind: ClusterConfig, metadata: { name: prod }, fargateProfiles: null }",
            &[],
            &["ClusterConfig prod : it has no fargateProfiles"],
        ),
        // eksctl makes up the name.
        (
            Format::Eksctl,
            "{ metadata: { name: prod }, fargateProfiles: [{ selectors: [{ namespace: web }] }, null, web] }",
            &[
                "none: no manifest: its name in EKS is not known: find it (aws eks list-fargate-profiles), and give it by --profile-name",
                "none: no manifest: its name in EKS is not known: find it (aws eks list-fargate-profiles), and give it by --profile-name",
                "none: no manifest: \"web\" has no fields",
            ],
            &[],
        ),
        // A list where pairs belong: a selector without its labels would take more pods.
        (
            Format::Eksctl,
            "{ fargateProfiles: [{ name: web, tags: [team=web], selectors: [{ namespace: web, labels: [tier=web] }] }] }",
            &["none: no manifest: selectors[0]: label tier=web: it has no value"],
            &["tags.team=web: it has no value"],
        ),
    ]);
}

#[test]
fn ack() {
    check(&[
        // Two roles of a name, told apart by their namespaces; and a role of RBAC.
        (
            Format::Ack,
            "{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: web, namespace: infra }, spec: { name: web, \
             clusterName: prod, podExecutionRoleRef: { from: { name: pods, namespace: iam } }, selectors: [{ namespace: web }] } }
---
{ apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: { name: pods, namespace: iam } }
---
{ apiVersion: iam.services.k8s.aws/v1alpha1, kind: Role, metadata: { name: pods, namespace: infra }, status: { ackResourceMetadata: { arn: \
             \"arn:aws:iam::111122223333:role/wrong\" } } }
---
{ apiVersion: iam.services.k8s.aws/v1alpha1, kind: Role, metadata: { name: pods, namespace: iam }, status: { ackResourceMetadata: { arn: \
             \"arn:aws:iam::111122223333:role/right\" } } }",
            &["web web prod right [] web{} [] manual"],
            &[],
        ),
        // Subnets of which the file has one: a part of them would be a change.
        (
            Format::Ack,
            "{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: web }, spec: { name: web, clusterName: prod, \
             subnetRefs: [{ from: { name: a } }, { from: { name: b } }], selectors: [{ namespace: web }] } }
---
{ apiVersion: ec2.services.k8s.aws/v1alpha1, kind: Subnet, metadata: { name: a }, status: { subnetID: subnet-0aaaaaaa000000001 } }",
            &["web web prod - [] web{} [] manual"],
            &["spec.subnetRefs: Subnet b is not in the file"],
        ),
    ]);
}

#[test]
fn capa() {
    check(&[
        // As in Git, before CAPA's webhook has named it.
        (
            Format::Capa,
            "{ apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: AWSFargateProfile, metadata: { name: web.v1, namespace: clusters }, \
             spec: { clusterName: lab, roleAdditionalPolicies: [a], rolePermissionsBoundary: b, selectors: [{ namespace: web }] } }",
            &["clusters-web-v1 clusters_web_v1 - - [] web{} [] manual"],
            &["spec.roleAdditionalPolicies: it is of the role", "spec.rolePermissionsBoundary: it is of the role"],
        ),
        // Without a namespace nobody knows what CAPA calls it.
        (
            Format::Capa,
            "{ apiVersion: infrastructure.cluster.x-k8s.io/v1beta2, kind: AWSFargateProfile, metadata: { name: web }, spec: { clusterName: lab, \
             selectors: [{ namespace: web }] } }",
            &[
                "none: no manifest: its name in EKS is not known: find it (aws eks list-fargate-profiles), and give it by --profile-name",
            ],
            &[],
        ),
    ]);
}

#[test]
fn describe() {
    check(&[
        // --query fargateProfile --output yaml
        (
            Format::Describe,
            "clusterName: prod\ncreatedAt: '2025-03-01T10:00:00+00:00'\nfargateProfileName: web\nhealth:\n  issues: []\npodExecutionRoleArn: \
             arn:aws:iam::111122223333:role/pods\nselectors:\n- labels: {}\n  namespace: web\nstatus: ACTIVE\nsubnets:\n- \
             subnet-0aaaaaaa000000001\ntags: {}\n",
            &["web web prod pods [1] web{} []"],
            &[],
        ),
        // Several put together by jq -s, and a query that left the selectors out.
        (
            Format::Describe,
            r#"[{ "fargateProfile": { "fargateProfileName": "a", "clusterName": "prod", "selectors": [{ "namespace": "a" }], "status": "DELETING" } },
               [{ "fargateProfileName": "b", "clusterName": "prod" }], "prod"]"#,
            &[
                "none: no manifest: it is DELETING, and only an ACTIVE profile is taken over",
                "none: no manifest: it has no selectors",
            ],
            &["a part of it is no Fargate profile"],
        ),
        // One that the operator has made.
        (
            Format::Describe,
            r#"{ "fargateProfile": { "fargateProfileName": "web-1", "selectors": [{ "namespace": "web" }], "tags": {
                "fargate-operator.dev/owner": "web" } } }"#,
            &[],
            &["web-1 : no manifest: by its tags FargateProfile web has it; kubectl fargate doctor says"],
        ),
    ]);
}

/// Files that are cut off, or where a value is of another kind than it ought to be.
#[test]
fn broken_files_are_told_and_end_nothing() {
    const ALL: [(Format, &str); 8] = [
        (Format::Eksctl, fixture!("eksctl-config.yaml")),
        (Format::Ack, fixture!("ack-list.yaml")),
        (Format::Crossplane, fixture!("crossplane-upjet.yaml")),
        (Format::Capa, fixture!("capa-whole.yaml")),
        (Format::Terraform, fixture!("terraform-plan.json")),
        (Format::Describe, fixture!("describe-many.json")),
        (Format::CloudFormation, fixture!("cdk-custom.json")),
        (Format::CloudFormation, fixture!("cdk-template.yaml")),
    ];
    let is_told = |format, text: &str| {
        let Ok(reading) = read(format, text) else { return };
        assert!(!reading.profiles.is_empty() || !reading.lost.is_empty(), "{format:?}: {text}");
        for it in imported(reading.profiles) {
            assert!(it.manifest.is_some() || !it.lost.is_empty(), "{format:?}: {text}");
        }
    };
    for (format, text) in ALL {
        for end in (0..text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
            is_told(format, &text[..end]);
        }
        for (from, to) in [("[", "{"), (": ", ":"), ("\"", ""), ("{", "["), ("name", "0"), ("pro", "null")] {
            is_told(format, &text.replace(from, to));
        }
    }
    let deep = || {
        for text in [&"[".repeat(100_000), &"{\"a\":".repeat(100_000), "a: &a [*a]", "\u{0}", "- !Ref"] {
            for (format, _) in ALL {
                drop(read(format, text).map(|reading| imported(reading.profiles)));
            }
        }
    };
    // As much of a stack as the first thread of a program has.
    std::thread::Builder::new().stack_size(8 << 20).spawn(deep).unwrap().join().unwrap();
}
