//! Profiles that are going, or have not come: none of them is taken over.

use super::*;

#[test]
fn only_what_is_active_is_taken_over() {
    check(&[
        (
            Format::Eksctl,
            "[{ name: web, status: DELETING, selectors: [{ namespace: web }] }]",
            &["none: no manifest: it is DELETING, and only an ACTIVE profile is taken over"],
            &[],
        ),
        (
            Format::Ack,
            "{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: web }, spec: { name: web, selectors: [{ \
             namespace: web }] }, status: { status: CREATE_FAILED } }",
            &["none: no manifest: it is CREATE_FAILED, and only an ACTIVE profile is taken over"],
            &[],
        ),
        (
            Format::Crossplane,
            "{ apiVersion: eks.aws.upbound.io/v1beta1, kind: FargateProfile, metadata: { name: web }, spec: { forProvider: { selector: [{ \
             namespace: web }] } }, status: { atProvider: { status: DELETE_FAILED } } }",
            &["none: no manifest: it is DELETE_FAILED, and only an ACTIVE profile is taken over"],
            &[],
        ),
        (
            Format::Capa,
            "{ apiVersion: infrastructure.cluster.x-k8s.io/v1beta2, kind: AWSFargateProfile, metadata: { name: web, deletionTimestamp: \
             '2025-01-01T00:00:00Z' }, spec: { profileName: web, clusterName: lab, selectors: [{ namespace: web }] } }",
            &[
                "none: no manifest: its object is being deleted, and may take the profile with it: import it when one of the two is left",
            ],
            &[],
        ),
        (
            Format::Terraform,
            r#"{ "values": { "root_module": { "resources": [
                { "address": "aws_eks_fargate_profile.a", "type": "aws_eks_fargate_profile", "values": { "fargate_profile_name": "a",
                  "cluster_name": "prod", "status": "DELETING", "selector": [{ "namespace": "a" }] } },
                { "address": "aws_eks_fargate_profile.b", "type": "aws_eks_fargate_profile", "tainted": true, "values": {
                  "fargate_profile_name": "b", "cluster_name": "prod", "status": "ACTIVE", "selector": [{ "namespace": "b" }] } } ] } } }"#,
            &[
                "none: no manifest: it is DELETING, and only an ACTIVE profile is taken over",
                "b b prod - [] b{} [] manual",
            ],
            &[": it is tainted: Terraform replaces it at its next apply"],
        ),
    ]);
}

/// Terraform creates before it destroys, and remembers what is left over.
#[test]
fn a_deposed_profile_is_told_and_not_lost_behind_its_successor() {
    const NONE: &str =
        "none: no manifest: it is deposed: another one has replaced it, and Terraform deletes it at its next apply";
    check(&[
        (
            Format::Terraform,
            r#"{ "values": { "root_module": { "resources": [
                { "address": "aws_eks_fargate_profile.a", "type": "aws_eks_fargate_profile", "values": { "fargate_profile_name": "new",
                  "cluster_name": "prod", "selector": [{ "namespace": "a" }] } },
                { "address": "aws_eks_fargate_profile.a", "type": "aws_eks_fargate_profile", "deposed_key": "1234", "values": {
                  "fargate_profile_name": "old", "cluster_name": "prod", "selector": [{ "namespace": "a" }] } } ] } } }"#,
            &["new new prod - [] a{} [] manual", NONE],
            &[],
        ),
        (
            Format::Terraform,
            r#"{ "version": 4, "resources": [{ "mode": "managed", "type": "aws_eks_fargate_profile", "name": "a", "instances": [
                { "attributes": { "fargate_profile_name": "new", "cluster_name": "prod", "selector": [{ "namespace": "a" }] } },
                { "deposed": "1234", "attributes": { "fargate_profile_name": "old", "selector": [{ "namespace": "a" }] } },
                { "index_key": 1, "status": "tainted", "attributes": { "fargate_profile_name": "b", "selector": [{ "namespace": "a" }] } } ] }] }"#,
            &[
                "new new prod - [] a{} [] manual",
                NONE,
                "none: no manifest: it is tainted, and only an ACTIVE profile is taken over",
            ],
            &[],
        ),
        (
            Format::Terraform,
            r#"{ "resource_changes": [
                { "address": "aws_eks_fargate_profile.a", "type": "aws_eks_fargate_profile", "change": { "actions": ["no-op"],
                  "before": { "fargate_profile_name": "new", "selector": [{ "namespace": "a" }] }, "after": {} } },
                { "address": "aws_eks_fargate_profile.a", "type": "aws_eks_fargate_profile", "deposed": "1234", "change": {
                  "actions": ["delete"], "before": { "fargate_profile_name": "old", "selector": [{ "namespace": "a" }] }, "after": null } } ] }"#,
            &["new new - - [] a{} [] manual", NONE],
            &[],
        ),
    ]);
}

#[test]
fn a_name_that_a_plan_changes_is_told() {
    check(&[(
        Format::Terraform,
        r#"{ "resource_changes": [{ "address": "aws_eks_fargate_profile.lab", "type": "aws_eks_fargate_profile", "change": {
            "actions": ["delete", "create"],
            "before": { "fargate_profile_name": "lab", "cluster_name": "prod", "selector": [{ "namespace": "lab" }], "tags_all": { "a": "b" } },
            "after": { "fargate_profile_name": "lab2", "cluster_name": "prod", "selector": [{ "namespace": "lab" }], "tags_all": {} } } }] }"#,
        &["lab lab prod - [] lab{} [a=b] manual"],
        &[
            ": the plan replaces it: do not apply that plan before it is taken over",
            "fargate_profile_name: the change that the plan has for it",
            "tags_all: the change that the plan has for it",
        ],
    )]);
}

#[test]
fn profiles_of_another_kind_are_told() {
    check(&[
        (
            Format::Crossplane,
            "{ kind: List, items: [{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: a } }, { apiVersion: \
             infrastructure.cluster.x-k8s.io/v1beta2, kind: AWSFargateProfile, metadata: { name: b } }, { apiVersion: \
             fargate-operator.dev/v1alpha1, kind: FargateProfile, metadata: { name: c } }, { apiVersion: kubernetes.crossplane.io/v1alpha2, kind: Object, metadata: { name: d }, \
             spec: { forProvider: { manifest: { kind: FargateProfile, spec: {} } } } }] }",
            &[],
            &[
                "FargateProfile a : it is ACK's: import it with --from ack",
                "AWSFargateProfile b : it is Cluster API's: import it with --from capa",
                "FargateProfile c : it is the operator's own: it needs no import",
                "Object d : it makes Fargate profiles: import those that it has made",
            ],
        ),
        (
            Format::Ack,
            "{ apiVersion: eks.aws.upbound.io/v1beta1, kind: FargateProfile, metadata: { name: a } }\n---\n{ apiVersion: \
             eksctl.io/v1alpha5, kind: ClusterConfig, metadata: { name: b }, fargateProfiles: [] }",
            &[],
            &[
                "FargateProfile a : it is Crossplane's: import it with --from crossplane",
                "ClusterConfig b : it is eksctl's: import it with --from eksctl",
            ],
        ),
        (
            Format::Terraform,
            r#"{ "values": { "root_module": { "resources": [{ "address": "awscc_eks_fargate_profile.a", "type": "awscc_eks_fargate_profile" }] } } }"#,
            &[],
            &["awscc_eks_fargate_profile.a : a awscc_eks_fargate_profile is not read"],
        ),
        (
            Format::CloudFormation,
            "Resources: { Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: x } } }",
            &[],
            &["Nested : it is a template of its own"],
        ),
    ]);
}
