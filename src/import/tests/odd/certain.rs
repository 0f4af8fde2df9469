//! Values that EKS may have otherwise: each is told, and nothing is replaced for it unasked.

use super::*;

/// Every field from a parameter that has a default.
const DEFAULTS: &str = "Parameters:
  Env: { Type: String, Default: dev }
  Role: { Type: String, Default: 'arn:aws:iam::111122223333:role/pods' }
  Subnets: { Type: 'List<AWS::EC2::Subnet::Id>', Default: 'subnet-0aaaaaaa000000001, subnet-0aaaaaaa000000002' }
Resources:
  Web:
    Type: AWS::EKS::FargateProfile
    Properties:
      ClusterName: !Ref Env
      FargateProfileName: !Sub '${Env}-web'
      PodExecutionRoleArn: !Ref Role
      Subnets: !Ref Subnets
      Selectors: [{ Namespace: web, Labels: [{ Key: env, Value: !Ref Env }] }]
      Tags: [{ Key: env, Value: !Ref Env }]
";

#[test]
fn a_default_of_a_parameter_is_told_for_each_field_and_a_change_waits() {
    check(&[
        (
            Format::CloudFormation,
            DEFAULTS,
            &["dev-web dev-web dev pods [1,2] web{env=dev} [env=dev] manual"],
            &[
                "Properties.ClusterName: it is the default of parameter Env: the stack may have another value",
                "Properties.FargateProfileName: it is the default of parameter Env",
                "Properties.PodExecutionRoleArn: it is the default of parameter Role",
                "Properties.Subnets: it is the default of parameter Subnets",
                "Properties.Selectors: it is the default of parameter Env",
                "Properties.Tags: it is the default of parameter Env",
                "replacement.approval: Manual is set, since a value that is not what EKS has",
            ],
        ),
        // By way of the cluster, in CDK's resource.
        (
            Format::CloudFormation,
            r#"{ "Parameters": { "Env": { "Type": "String", "Default": "dev" } }, "Resources": {
                "Cluster": { "Type": "Custom::AWSCDK-EKS-Cluster", "Properties": { "Config": { "name": { "Ref": "Env" } } } },
                "Web": { "Type": "Custom::AWSCDK-EKS-FargateProfile", "Properties": { "ServiceToken": "x", "Config": {
                "clusterName": { "Ref": "Cluster" }, "fargateProfileName": "web", "selectors": [{ "namespace": "web" }],
                "podExecutionRoleArn": "arn:aws:iam::111122223333:role/pods", "subnets": ["subnet-0aaaaaaa000000001"] } } } } }"#,
            &["web web dev pods [1] web{} [] manual"],
            &["Properties.Config.clusterName: it is the default of parameter Env"],
        ),
    ]);
}

/// Without its labels a selector takes more pods.
#[test]
fn labels_that_are_not_known_are_not_taken_for_none() {
    check(&[
        (
            Format::Terraform,
            r#"{ "resource_changes": [{ "address": "aws_eks_fargate_profile.a", "type": "aws_eks_fargate_profile", "change": {
                "actions": ["create"], "before": null,
                "after": { "fargate_profile_name": "a", "cluster_name": "prod", "selector": [{ "namespace": "a" }] },
                "after_unknown": { "selector": [{ "labels": true }] } } }] }"#,
            &["none: no manifest: selector[0]: the plan knows it only after it has been applied"],
            &[],
        ),
        (
            Format::Crossplane,
            "apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: { name: clusters }
spec:
  resources:
    - name: system
      base:
        apiVersion: eks.aws.upbound.io/v1beta1
        kind: FargateProfile
        metadata: { annotations: { crossplane.io/external-name: system } }
        spec: { forProvider: { clusterName: prod, selector: [{ namespace: default }] } }
      patches:
        - { fromFieldPath: spec.labels, toFieldPath: 'spec.forProvider.selector[0].labels' }
        - { fromFieldPath: spec.tier, toFieldPath: 'spec.forProvider.selector[0].labels.tier' }
        - { fromFieldPath: spec.tags, toFieldPath: spec.forProvider.tags }
",
            &[
                "none: no manifest: spec.forProvider.selector[0]: FromCompositeFieldPath sets it from spec.labels, which the file does not tell",
            ],
            &["spec.forProvider.tags: FromCompositeFieldPath sets it from spec.tags"],
        ),
        (
            Format::CloudFormation,
            "Resources:
  Web:
    Type: AWS::EKS::FargateProfile
    Properties:
      FargateProfileName: web
      Selectors: [{ Namespace: web, Labels: !If [Prod, [{ Key: a, Value: b }], !Ref AWS::NoValue] }]
  Api:
    Type: AWS::EKS::FargateProfile
    Properties:
      FargateProfileName: api
      Selectors: !If [Prod, [{ Namespace: prod }], [{ Namespace: dev }]]
  Jobs:
    Type: AWS::EKS::FargateProfile
    Properties:
      FargateProfileName: !Sub '${AWS::StackName}-jobs'
      ClusterName: prod
      PodExecutionRoleArn: arn:aws:iam::111122223333:role/pods
      Subnets: [subnet-0aaaaaaa000000001, !Ref AWS::NoValue]
      Selectors: [{ Namespace: jobs }, !Ref 'AWS::NoValue']
",
            &[
                "none: no manifest: Properties.Selectors[0]: {\"Fn::If\":[\"Prod\",[{\"Namespace\":\"prod\"}],[{\"Namespace\":\"dev\"}]]} is not \
                 resolved in the file",
                "none: no manifest: its name in EKS is not known: find it (aws eks list-fargate-profiles), and give it by --profile-name",
                "none: no manifest: Properties.Selectors[0]: {\"Fn::If\":[\"Prod\",[{\"Key\":\"a\",\"Value\":\"b\"}],null]} is not resolved \
                 in the file",
            ],
            &["Properties.FargateProfileName: {\"Fn::Sub\":\"${AWS::StackName}-jobs\"} is not resolved"],
        ),
    ]);
}

#[test]
fn a_name_that_is_not_resolved_is_not_said_to_be_made_by_aws() {
    let text = "Resources: { Web: { Type: 'AWS::EKS::FargateProfile', Properties: { FargateProfileName: !Sub '${AWS::StackName}', \
                Selectors: [{ Namespace: web }] } } }";
    let all = of(Format::CloudFormation, text);
    assert!(all[0].lost.iter().all(|lost| !lost.why.contains("AWS makes it")), "{:?}", all[0].lost);
}

/// CDK has written its configuration as a text, too.
#[test]
fn a_configuration_of_cdk_in_a_text_is_read_or_told() {
    let resource = |config: &str| {
        format!(
            r#"{{ "Resources": {{ "Web": {{ "Type": "Custom::AWSCDK-EKS-FargateProfile", "Properties": {{ "Config": {config} }} }} }} }}"#
        )
    };
    let whole =
        r#""{\"clusterName\":\"prod\",\"fargateProfileName\":\"web\",\"selectors\":[{\"namespace\":\"web\"}]}""#;
    for (config, result) in [
        (whole, "web web prod - [] web{} [] manual"),
        (r#""{""#, "none: no manifest: Properties.Config: it is a text that is no JSON"),
        (
            r#"{ "Fn::Join": ["", ["{", { "Fn::ImportValue": "a" }]] }"#,
            "none: no manifest: Properties.Config: {\"Fn::Join\":[\"\",[\"{\",{\"Fn::ImportValue\":\"a\"}]]} is not resolved in the file",
        ),
    ] {
        let all = of(Format::CloudFormation, &resource(config));
        assert_eq!(all.iter().map(brief).collect::<Vec<_>>(), [result]);
    }
}
