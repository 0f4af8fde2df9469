//! Sources of which one thing contradicts another, or stands in place of what is not known: nothing is guessed.

use super::*;

/// What is not known is not taken from elsewhere.
#[test]
fn nothing_stands_in_for_a_value_that_is_not_known() {
    check(&[
        (
            Format::Eksctl,
            "{ metadata: { name: prod }, iam: { fargatePodExecutionRoleARN: 'arn:aws:iam::111122223333:role/default' }, fargateProfiles: [{ name: \
             web, podExecutionRoleARN: '${R}', subnets: [subnet-0aaaaaaa000000001], selectors: [{ namespace: web }] }] }",
            &["web web prod - [1] web{} [] manual"],
            &["podExecutionRoleARN: ${R} is a placeholder"],
        ),
        (
            Format::Capa,
            "{ apiVersion: infrastructure.cluster.x-k8s.io/v1beta2, kind: AWSFargateProfile, metadata: { name: web, namespace: clusters }, spec: { \
             profileName: '${ENV}-web', selectors: [{ namespace: web }] } }",
            &["none: no manifest: its name in EKS is not known: find it (aws eks list-fargate-profiles), and give it by --profile-name"],
            &["spec.profileName: ${ENV}-web is a placeholder"],
        ),
        (
            Format::Ack,
            "{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: web }, spec: { name: web, clusterName: '${C}', \
             clusterRef: { from: { name: main } }, subnets: ['${S}'], subnetRefs: [{ from: { name: a } }], selectors: [{ namespace: web }] } }
---
{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: Cluster, metadata: { name: main }, spec: { name: prod } }
---
{ apiVersion: ec2.services.k8s.aws/v1alpha1, kind: Subnet, metadata: { name: a }, status: { subnetID: subnet-0aaaaaaa000000001 } }",
            &["web web - - [] web{} [] manual"],
            &["spec.clusterName: ${C} is a placeholder", "spec.subnets: ${S} is a placeholder"],
        ),
        (
            Format::Crossplane,
            "{ apiVersion: eks.aws.upbound.io/v1beta1, kind: FargateProfile, metadata: { name: web }, spec: { forProvider: { clusterName: '${C}', \
             clusterNameRef: { name: main }, selector: [{ namespace: web }] } } }
---
{ apiVersion: eks.aws.upbound.io/v1beta1, kind: Cluster, metadata: { name: main } }",
            &["web web - - [] web{} [] manual"],
            &["spec.forProvider.clusterName: ${C} is a placeholder"],
        ),
    ]);
}

/// Crossplane asks for it, and cannot change it.
#[test]
fn what_eks_has_counts_more_than_what_an_object_asks_for() {
    check(&[(
        Format::Crossplane,
        "{ apiVersion: eks.aws.upbound.io/v1beta1, kind: FargateProfile, metadata: { name: web }, spec: { forProvider: { clusterName: prod, \
         podExecutionRoleArn: 'arn:aws:iam::111122223333:role/new', subnetIds: [subnet-0aaaaaaa000000002], selector: [{ namespace: web, labels: \
         { a: b } }] } }, status: { atProvider: { podExecutionRoleArn: 'arn:aws:iam::111122223333:role/old', subnetIds: \
         [subnet-0aaaaaaa000000001], selector: [{ namespace: web, labels: {} }] } } }",
        &["web web prod old [1] web{} []"],
        &[
            "spec.forProvider.podExecutionRoleArn: EKS has another value than the object asks for",
            "spec.forProvider.subnets: EKS has another value",
            "spec.forProvider.selectors: EKS has another value",
        ],
    )]);
}

#[test]
fn what_the_operator_has_is_taken_from_no_source() {
    let state = r#"{ "values": { "root_module": { "resources": [{ "address": "aws_eks_fargate_profile.a", "type": "aws_eks_fargate_profile",
        "values": { "fargate_profile_name": "web-9999", "selector": [{ "namespace": "web" }], "tags_all": {
        "fargate-operator.dev/owner": "web" } } }] } } }"#;
    let reading = read(Format::Terraform, state).unwrap();
    assert!(reading.profiles.is_empty());
    let why = "no manifest: by its tags FargateProfile web has it; kubectl fargate doctor says if that is not so, and what to do";
    assert_eq!((reading.lost[0].why.as_str(), reading.lost[0].about), (why, Some(About::Owned)));
}

/// A selector without what is not read would match more pods.
#[test]
fn a_selector_is_read_as_a_whole_or_not_at_all() {
    check(&[
        (
            Format::Eksctl,
            "{ metadata: { name: prod }, fargateProfiles: [{ name: web, selectors: [{ namespace: web, label: { a: b } }] }] }",
            &["none: no manifest: selectors[0]: selectors[0].label: a FargateProfile has no such field"],
            &[],
        ),
        (
            Format::CloudFormation,
            "{ Resources: { Web: { Type: AWS::EKS::FargateProfile, Properties: { FargateProfileName: web, ClusterName: prod, PodExecutionRoleArn: \
             'arn:aws:iam::111122223333:role/pods', Subnets: [subnet-0aaaaaaa000000001], Selectors: [{ Namespace: web }], 'Fn::Transform': { Name: \
             X } } } } }",
            &["web web prod pods [1] web{} [] manual"],
            &["Properties.Fn::Transform: it may set any property"],
        ),
    ]);
}

#[test]
fn two_that_tell_different_things_of_one_profile_are_compared_by_a_person() {
    let entry = |rest: &str| {
        format!(
            "{{ name: web, podExecutionRoleARN: 'arn:aws:iam::111122223333:role/pods', subnets: [subnet-0aaaaaaa000000001], {rest} }}"
        )
    };
    for (second, told, result) in [
        ("selectors: [{ namespace: web }]", None, "web web prod pods [1] web{} []"),
        ("selectors: [{ namespace: web }], tags: { a: b }", Some("tags"), "web web prod pods [1] web{} []"),
        ("selectors: [{ namespace: api }]", Some("selectors"), "web web prod pods [1] web{} [] manual"),
    ] {
        let first = entry("selectors: [{ namespace: web }]");
        let text = format!("{{ metadata: {{ name: prod }}, fargateProfiles: [{first}, {}] }}", entry(second));
        let all = of(Format::Eksctl, &text);
        let same = "none: it is the same EKS profile as fargateProfiles[0] web, which has a manifest";
        assert_eq!(all.iter().map(brief).collect::<Vec<_>>(), [result, same]);
        let says = all[0].lost.iter().find_map(|lost| {
            lost.why.strip_prefix("fargateProfiles[1] web says something else of the same EKS profile: ")
        });
        assert_eq!(says, told);
        assert!(all[1].let_go.is_empty() && all[1].same_as.as_deref() == Some("fargateProfiles[0] web"));
    }
}
