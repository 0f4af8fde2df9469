//! Profiles that something else makes, or that something is wrong with: each is told.

use super::*;

/// Makes profiles, and is none.
const CARRIES: &str =
    "it makes Fargate profiles: import those that it has made, from EKS or as kubectl get -o yaml shows them";

#[test]
fn what_makes_profiles_in_a_cluster_is_told() {
    let graph = "{ apiVersion: kro.run/v1alpha1, kind: ResourceGraphDefinition, metadata: { name: g }, spec: { resources: [{ template: { \
                 apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, spec: { name: a } } }] } }";
    let workspace = "{ apiVersion: tf.upbound.io/v1beta1, kind: Workspace, metadata: { name: w }, spec: { forProvider: { module: 'resource \
                     \"aws_eks_fargate_profile\" \"a\" {}' } } }";
    let claim = "{ apiVersion: platform.acme.io/v1, kind: XFargateProfile, metadata: { name: x }, spec: {} }";
    let template = "{ apiVersion: capi.weave.works/v1alpha1, kind: CAPITemplate, metadata: { name: t }, spec: { resourcetemplates: [{ kind: \
                    AWSFargateProfile, spec: {} }] } }";
    // None of these makes any.
    let others = "--- { apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, spec: { names: { kind: FargateProfile } } }
--- { apiVersion: v1, kind: Event, metadata: { name: e }, involvedObject: { kind: FargateProfile }, message: aws_eks_fargate_profile }
--- { apiVersion: v1, kind: ConfigMap, metadata: { name: c }, data: { a: b } }";
    let file = [graph, workspace, template, claim, others].join("\n---\n");
    for format in [Format::Ack, Format::Crossplane, Format::Capa] {
        let told: Vec<String> =
            read(format, &file).unwrap().lost.iter().map(|it| format!("{}: {}", it.object, it.why)).collect();
        let carriers =
            ["ResourceGraphDefinition g", "Workspace w", "CAPITemplate t"].map(|it| format!("{it}: {CARRIES}"));
        assert_eq!(told[1..4], carriers, "{format:?}");
        let claim = "XFargateProfile x: its kind and API group are not read: import the EKS profile that it makes, with --from eks";
        assert_eq!(told[4..], [claim], "{format:?}");
    }
    check(&[(
        Format::Crossplane,
        "{ apiVersion: apiextensions.crossplane.io/v1, kind: Composition, metadata: { name: c }, spec: { resources: [
         { name: object, base: { kind: Object, spec: { forProvider: { manifest: { kind: FargateProfile, spec: {} } } } } },
         { base: { kind: Workspace, spec: { forProvider: { module: 'aws_eks_fargate_profile' } } } }, { base: { kind: Role } }] } }",
        &[],
        &[
            "Composition c object: a Fargate profile is in it: import those that it has made, from EKS",
            "Composition c resources[1]: a Fargate profile is in it",
        ],
    )]);
}

#[test]
fn what_makes_profiles_in_a_template_is_told() {
    let template = "Resources:
  Web: { Type: AWS::EKS::FargateProfile, Properties: { FargateProfileName: web, ClusterName: prod, Selectors: [{ Namespace: web }] } }
  Set: { Type: AWS::CloudFormation::StackSet, Properties: {} }
  App: { Type: AWS::Serverless::Application, Properties: {} }
  Mod: { Type: 'Acme::Eks::Fargate::MODULE', Properties: {} }
  Own: { Type: Custom::Fargate, Properties: {} }
  Custom: { Type: Custom::AWS, Properties: { Create: '{\"action\":\"createFargateProfile\"}' } }
  Ecs: { Type: AWS::ECS::FargateThing, Properties: {} }
  awscdkawseksKubectlProviderNestedStackX: { Type: AWS::CloudFormation::Stack, Properties: {} }
  'Fn::Transform': { Name: AWS::Include }
";
    let reading = read(Format::CloudFormation, template).unwrap();
    let told: BTreeMap<&str, &str> = reading.lost.iter().map(|it| (it.object.as_str(), it.why.as_str())).collect();
    let expected = [
        ("App", "it is a template of its own"),
        ("Custom", "it makes Fargate profiles"),
        ("Fn::Transform", "CloudFormation makes resources of it"),
        ("Mod", "CloudFormation makes resources of it"),
        ("Own", "its kind is not read"),
        ("Set", "it is a template of its own"),
    ];
    assert_eq!(told.keys().copied().collect::<Vec<_>>(), expected.map(|(object, _)| object));
    for (object, why) in expected {
        assert!(told[object].starts_with(why), "{object}: {}", told[object]);
    }
}

#[test]
fn what_a_plan_defers_or_another_resource_makes_is_told() {
    check(&[(
        Format::Terraform,
        r#"{ "resource_changes": [], "deferred_changes": [{ "reason": "instance_count_unknown", "resource_change": {
            "address": "aws_eks_fargate_profile.a", "type": "aws_eks_fargate_profile", "previous_address": "aws_eks_fargate_profile.b",
            "change": { "actions": ["update"], "before": { "fargate_profile_name": "a", "cluster_name": "prod",
            "selector": [{ "namespace": "a" }] }, "after": {} } } }], "values": { "root_module": { "resources": [{ "address":
            "kubernetes_manifest.b", "type": "kubernetes_manifest", "values": { "manifest": { "kind": "FargateProfile", "spec": {} } } },
            { "address": "null_resource.c", "type": "null_resource", "values": { "triggers": {} } }] } } }"#,
        &["a a prod - [] a{} [] manual"],
        &[
            "kubernetes_manifest.b : it makes Fargate profiles, and is not read",
            "the plan defers its change to a later one",
            "the plan moves it here from aws_eks_fargate_profile.b: until that is applied, Terraform has it there",
        ],
    )]);
}

#[test]
fn what_is_wrong_with_a_profile_is_told() {
    check(&[
        (
            Format::Describe,
            r#"{ "fargateProfileName": "a", "clusterName": "prod", "selectors": [{ "namespace": "a" }], "health": { "issues": [
                { "code": "PodExecutionRoleAlreadyInUse", "message": "in use" }, { "code": "B", "message": "c" }] } }"#,
            &["a a prod - [] a{} [] manual"],
            &["health: PodExecutionRoleAlreadyInUse: in use; B: c"],
        ),
        (
            Format::Ack,
            "{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: a }, spec: { name: a, clusterName: prod, \
             selectors: [{ namespace: a }] }, status: { health: { issues: [{ code: X, message: y }] }, conditions: [{ type: ACK.Terminal, \
             status: 'True', message: role is gone }, { type: ACK.ResourceSynced, status: 'True' }] } }",
            &["a a prod - [] a{} [] manual"],
            &["status.health: X: y", "status.conditions.ACK.Terminal: it is True: role is gone"],
        ),
        (
            Format::Capa,
            "{ apiVersion: infrastructure.cluster.x-k8s.io/v1beta2, kind: AWSFargateProfile, metadata: { name: a }, spec: { profileName: a, \
             selectors: [{ namespace: a }] }, status: { ready: false, failureMessage: no role, conditions: [{ type: Ready, status: 'False', \
             reason: R }] } }",
            &["a a - - [] a{} [] manual"],
            &["status.failureMessage: no role", "status.conditions.Ready: it is False: R"],
        ),
    ]);
}
