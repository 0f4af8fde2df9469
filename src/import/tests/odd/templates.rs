//! Files of which parts are only known when they are applied.

use super::*;

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
            &[
                "none: no manifest: selector[0]: label tier: the plan knows it only after it has been applied",
                "b b prod - [] b{} [] manual",
            ],
            &[
                "tags_all: the plan knows it only after it has been applied",
                "subnet_ids: the plan knows it only after it has been applied",
                "tags.owner: the plan knows it only after it has been applied",
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
            &["it is neither a state nor a plan"],
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
