//! Files that are real, and not what the manual shows: each yields the right manifest, or says what is missing and why.

use super::*;

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
            &["none: no manifest: its name in EKS is not known: find it (aws eks list-fargate-profiles), and give it by --profile-name";
                3],
            &[],
        ),
        // A list where pairs belong: a selector without its labels would take more pods.
        (
            Format::Eksctl,
            "{ fargateProfiles: [{ name: web, tags: [team=web], selectors: [{ namespace: web, labels: [tier=web] }] }] }",
            &["none: no manifest: selectors[0]: it has no value"],
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
            &["spec.subnetRefs: Subnet a, b is not in the file"],
        ),
    ]);
}

#[test]
fn crossplane() {
    const COMPOSITION: &str = "apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: { name: clusters }
spec:
  patchSets:
    - name: common
      patches: [{ fromFieldPath: spec.team, toFieldPath: spec.forProvider.tags.team }]
  resources:
    - name: cluster
      base: { apiVersion: eks.aws.upbound.io/v1beta1, kind: Cluster }
    - name: system
      base:
        apiVersion: eks.aws.upbound.io/v1beta1
        kind: FargateProfile
        metadata: { annotations: { crossplane.io/external-name: system } }
        spec:
          forProvider:
            region: eu-central-1
            clusterNameSelector: { matchControllerRef: true }
            podExecutionRoleArn: arn:aws:iam::111122223333:role/default
            selector: [{ namespace: kube-system, labels: { k8s-app: kube-dns } }]
            tags: { team: nobody, stage: prod }
      patches:
        - { type: PatchSet, patchSetName: common }
        - { fromFieldPath: spec.role, toFieldPath: spec.forProvider.podExecutionRoleArn }
        - { type: ToCompositeFieldPath, fromFieldPath: status.atProvider.arn, toFieldPath: status.arn }
";
    const PIPELINE: &str = "apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: { name: piped }
spec:
  mode: Pipeline
  pipeline:
    - step: patch
      functionRef: { name: function-patch-and-transform }
      input:
        apiVersion: pt.fn.crossplane.io/v1beta1
        kind: Resources
        resources:
          - name: apps
            base:
              apiVersion: eks.aws.m.upbound.io/v1beta1
              kind: FargateProfile
              spec: { forProvider: { clusterName: prod, selector: [{ namespace: default, labels: { tier: a } }] } }
            patches:
              - { type: FromCompositeFieldPath, fromFieldPath: spec.namespace, toFieldPath: 'spec.forProvider.selector[0].namespace' }
              - { type: CombineFromComposite, combine: { strategy: string }, toFieldPath: 'metadata.annotations[crossplane.io/external-name]' }
    - step: render
      functionRef: { name: function-go-templating }
      input: { kind: GoTemplate, source: Inline, inline: { template: 'kind: FargateProfile' } }
";
    check(&[
        (
            Format::Crossplane,
            COMPOSITION,
            &["system system - - [] kube-system{k8s-app=kube-dns} [stage=prod] manual"],
            &[
                ": each composite resource makes a profile of this template",
                "spec.forProvider.tags.team: FromCompositeFieldPath sets it from spec.team, which the file does not tell",
                "spec.forProvider.podExecutionRoleArn: FromCompositeFieldPath sets it from spec.role",
                "status.arn: ToCompositeFieldPath copies a value of the profile to it",
                "spec.forProvider.clusterNameSelector: Cluster by a selector is not in the file",
            ],
        ),
        (
            Format::Crossplane,
            PIPELINE,
            &["none: no manifest: spec.forProvider.selector[0]: it has no namespace"],
            &[
                "Composition piped pipeline step render: only its function knows the FargateProfile",
                "metadata.annotations[crossplane.io/external-name]: CombineFromComposite sets it from several fields",
            ],
        ),
        // Only observed, as for an import: what there is stands in its status.
        (
            Format::Crossplane,
            "{ apiVersion: eks.aws.upbound.io/v1beta2, kind: FargateProfile, metadata: { name: seen, annotations: { \
             crossplane.io/external-name: web } }, spec: { managementPolicies: [Observe], forProvider: { region: eu-central-1 } }, status: { \
             atProvider: { clusterName: prod, podExecutionRoleArn: \"arn:aws:iam::111122223333:role/pods\", subnetIds: \
             [subnet-0aaaaaaa000000001], selector: [{ namespace: web, labels: { tier: web } }], tags: { team: web } } } }",
            &["web web prod pods [1] web{tier=web} [team=web]"],
            &[],
        ),
        // A Cluster of RDS has the same name.
        (
            Format::Crossplane,
            "{ apiVersion: rds.aws.upbound.io/v1beta1, kind: Cluster, metadata: { name: main, annotations: { crossplane.io/external-name: \
             database } } }
---
{ apiVersion: eks.aws.upbound.io/v1beta1, kind: Cluster, metadata: { name: main, annotations: { crossplane.io/external-name: prod } } }
---
{ apiVersion: eks.aws.upbound.io/v1beta1, kind: FargateProfile, metadata: { name: web }, spec: { forProvider: { clusterNameRef: { name: main \
             }, selector: [{ namespace: web }] } } }",
            &["web web prod - [] web{} [] manual"],
            &[],
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
fn terraform() {
    check(&[
        // With -target: what the plan is not for is in the state alone. One profile is only deleted.
        (
            Format::Terraform,
            r#"{ "prior_state": { "values": { "root_module": { "resources": [
                { "address": "aws_eks_fargate_profile.a[0]", "mode": "managed", "type": "aws_eks_fargate_profile", "values": {
                  "fargate_profile_name": "a", "cluster_name": "prod", "pod_execution_role_arn": "arn:aws:iam::111122223333:role/pods",
                  "selector": [{ "namespace": "a", "labels": {} }], "subnet_ids": ["subnet-0aaaaaaa000000001"],
                  "timeouts": { "create": null, "delete": null } } } ] } } },
              "resource_changes": [
                { "address": "aws_eks_fargate_profile.b", "mode": "managed", "type": "aws_eks_fargate_profile", "change": {
                  "actions": ["delete"], "after": null, "before": { "fargate_profile_name": "b", "cluster_name": "prod",
                  "pod_execution_role_arn": "arn:aws:iam::111122223333:role/pods", "selector": [{ "namespace": "b" }],
                  "subnet_ids": ["subnet-0aaaaaaa000000001"] } } } ] }"#,
            &["b b prod pods [1] b{} []", "a a prod pods [1] a{} []"],
            &[": the plan deletes it"],
        ),
        // What is not known yet is left out of `after`, down to a label: without it the selector would take more pods.
        (
            Format::Terraform,
            r#"{ "resource_changes": [
                { "address": "module.fargate.aws_eks_fargate_profile.this[0]", "type": "aws_eks_fargate_profile", "change": {
                  "actions": ["create"], "before": null,
                  "after": { "fargate_profile_name": "a", "cluster_name": "prod", "selector": [{ "namespace": "a", "labels": {} }] },
                  "after_unknown": { "id": true, "tags_all": true, "selector": [{ "labels": { "tier": true } }] } } },
                { "address": "aws_eks_fargate_profile.b", "type": "aws_eks_fargate_profile", "change": {
                  "actions": ["create"], "before": null,
                  "after": { "fargate_profile_name": "b", "cluster_name": "prod", "selector": [{ "namespace": "b", "labels": null }],
                  "subnet_ids": [null, "subnet-0aaaaaaa000000001"] },
                  "after_unknown": { "subnet_ids": [true, false], "tags": { "owner": true }, "selector": [{}] } } } ] }"#,
            &["none: no manifest: selector[0]: it has no value", "b b prod - [] b{} [] manual"],
            &[
                "tags_all: the plan knows it only after it has been applied",
                "subnet_ids: it has no value",
                "tags.owner: it has no value",
            ],
        ),
        // A state file, with an instance that is to go besides the one that came.
        (
            Format::Terraform,
            r#"{ "version": 4, "resources": [ { "module": "module.eks[\"x\"]", "mode": "managed", "type": "aws_eks_fargate_profile",
                "name": "this", "instances": [ { "index_key": "web", "sensitive_attributes": [], "attributes": { "fargate_profile_name": "web",
                "cluster_name": "prod", "pod_execution_role_arn": "arn:aws:iam::111122223333:role/pods", "selector": [{ "namespace": "web",
                "labels": null }], "subnet_ids": ["subnet-0aaaaaaa000000001"], "tags": null } } ] } ] }"#,
            &["web web prod pods [1] web{} []"],
            &[],
        ),
        // A stream of events, as `terraform plan -json` prints them: said once.
        (
            Format::Terraform,
            "{\"@level\":\"info\"}\n{\"@level\":\"info\"}\n{\"@level\":\"warn\"}",
            &[],
            &["it has no aws_eks_fargate_profile"],
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
    ]);
}

#[test]
fn cloudformation() {
    check(&[
        // As `aws cloudformation get-template` prints it, with a template in YAML.
        (
            Format::CloudFormation,
            r#"{ "StagesAvailable": ["Original"], "TemplateBody": "Resources:\n  Web:\n    Type: AWS::EKS::FargateProfile\n    Properties:\n      FargateProfileName: web\n      ClusterName: !ImportValue cluster\n      PodExecutionRoleArn: !If [Own, !GetAtt Role.Arn, !Ref Given]\n      Subnets: !Split [',', !ImportValue subnets]\n      Tags: !Ref AWS::NoValue\n      Selectors: [{ Namespace: web }]\n" }"#,
            &["web web - - [] web{} [] manual"],
            &[
                "Properties.ClusterName: {\"Fn::ImportValue\":\"cluster\"} is not resolved in the file",
                "Properties.PodExecutionRoleArn: ",
                "Properties.Subnets: ",
            ],
        ),
        // The default of a parameter of Systems Manager is the name of one; a role by a text with the account in it.
        (
            Format::CloudFormation,
            "Parameters:
  Cluster: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /prod/cluster }
Resources:
  Web:
    Type: AWS::EKS::FargateProfile
    Condition: IsProd
    Properties:
      FargateProfileName: web
      ClusterName: !Ref Cluster
      PodExecutionRoleArn: !Sub 'arn:aws:iam::${AWS::AccountId}:role/pods'
      Selectors: [{ Namespace: web, Labels: [{ Key: tier, Value: web }] }]
",
            &["web web - - [] web{tier=web} [] manual"],
            &[
                "Properties.ClusterName: {\"Ref\":\"Cluster\"} is not resolved",
                "Condition: the template makes it only where this is so",
            ],
        ),
        // A loop of the language extensions beside a profile of its own; a cluster whose name leads to itself.
        (
            Format::CloudFormation,
            r#"{ "Transform": "AWS::LanguageExtensions", "Resources": {
                "Fn::ForEach::Teams": ["Team", ["a"], { "Profile${Team}": { "Type": "AWS::EKS::FargateProfile" } }],
                "Cluster": { "Type": "AWS::EKS::Cluster", "Properties": { "Name": { "Ref": "Cluster" } } },
                "Web": { "Type": "AWS::EKS::FargateProfile", "Properties": { "FargateProfileName": "web", "ClusterName": { "Ref": "Cluster" },
                "Selectors": [{ "Namespace": "web" }] } } } }"#,
            &["web web - - [] web{} [] manual"],
            &["Fn::ForEach::Teams : a loop makes profiles"],
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
    for (format, text) in ALL {
        for end in (0..text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
            drop(read(format, &text[..end]).map(|reading| imported(reading.profiles)));
        }
        for (from, to) in [("[", "{"), (": ", ":"), ("\"", ""), ("{", "["), ("name", "0"), ("pro", "null")] {
            drop(read(format, &text.replace(from, to)).map(|reading| imported(reading.profiles)));
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
