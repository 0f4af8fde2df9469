use super::*;

#[test]
fn who_manages_a_profile_is_named_and_how_it_lets_go() {
    for (format, text, manager, steps) in [
        (Format::Eksctl, fixture!("eksctl-get.json"), "eksctl", vec!["nothing keeps it"]),
        (
            Format::Ack,
            fixture!("ack-one.yaml"),
            "ACK",
            vec![
                "kubectl annotate --overwrite fargateprofiles.eks.services.k8s.aws shop -n ack-system services.k8s.aws/deletion-policy=retain",
                "kubectl delete fargateprofiles.eks.services.k8s.aws shop -n ack-system",
                "untag-resource --tag-keys services.k8s.aws/controller-version services.k8s.aws/namespace",
            ],
        ),
        (
            Format::Crossplane,
            fixture!("crossplane-native.yaml"),
            "Crossplane",
            vec![
                r#"patch fargateprofiles.eks.aws.crossplane.io native --type merge -p '{"spec":{"deletionPolicy":"Orphan"}}'"#,
                "kubectl delete",
            ],
        ),
        (
            Format::Crossplane,
            fixture!("crossplane-upjet.yaml"),
            "Crossplane",
            vec![r#"{"managementPolicies":["Observe"]}"#],
        ),
        (
            Format::Capa,
            fixture!("capa-one.yaml"),
            "Cluster API (CAPA)",
            vec!["sigs.k8s.io/cluster-api-provider-aws/cluster/lab"],
        ),
        (
            Format::Terraform,
            fixture!("terraform-state.json"),
            "Terraform",
            vec![
                "removed {\n  from = aws_eks_fargate_profile.team\n  lifecycle {\n    destroy = false\n  }\n}",
                r#"terraform state rm 'aws_eks_fargate_profile.team["b"]'"#,
            ],
        ),
        (
            Format::Describe,
            fixture!("describe-one.json"),
            "nobody that its tags name",
            vec!["Terraform, Pulumi, eksctl or CDK"],
        ),
        (Format::CloudFormation, fixture!("cdk-custom.json"), "AWS CDK", vec!["RETAIN", "it bears no aws: tag"]),
        (
            Format::CloudFormation,
            fixture!("cdk-template.yaml"),
            "CloudFormation",
            vec!["DeletionPolicy: Retain", "stay for ever"],
        ),
    ] {
        let all = of(format, text);
        let told = all[0].let_go.join("\n");
        assert_eq!(all[0].managed_by, manager);
        assert!(steps.iter().all(|step| told.contains(step)), "{told}");
    }
}

/// Crossplane heeds deletionPolicy only while managementPolicies are as by default (crossplane-runtime, ShouldDelete).
#[test]
fn an_object_of_crossplane_lets_go_by_what_crossplane_heeds() {
    for (group, policies, patch) in [
        ("eks.aws.upbound.io", "", r#"{"deletionPolicy":"Orphan"}"#),
        ("eks.aws.upbound.io", "managementPolicies: ['*'],", r#"{"deletionPolicy":"Orphan"}"#),
        (
            "eks.aws.upbound.io",
            "managementPolicies: [Observe, Create, Update, Delete],",
            r#"{"deletionPolicy":"Orphan","managementPolicies":["Observe"]}"#,
        ),
        ("eks.aws.m.upbound.io", "", r#"{"managementPolicies":["Observe"]}"#),
        ("eks.aws.m.upbound.io", "managementPolicies: [Delete],", r#"{"managementPolicies":["Observe"]}"#),
    ] {
        let text = format!(
            "{{ apiVersion: {group}/v1beta1, kind: FargateProfile, metadata: {{ name: web }}, spec: {{ {policies} forProvider: {{ selector: [{{ \
             namespace: web }}] }} }} }}"
        );
        let told = &of(Format::Crossplane, &text)[0].let_go[0];
        assert!(told.ends_with(&format!(r#"--type merge -p '{{"spec":{patch}}}'"#)), "{group} {policies}: {told}");
    }
}

#[test]
fn what_is_to_be_pasted_is_right_whatever_names_there_are() {
    for (key, word, from) in [
        ("", "m.a.aws_eks_fargate_profile.b", "m.a.aws_eks_fargate_profile.b"),
        ("[0]", "'m.a[0].aws_eks_fargate_profile.b'", "m.a.aws_eks_fargate_profile.b"),
        (r#"["d'or"]"#, r#"'m.a["d'\''or"].aws_eks_fargate_profile.b'"#, "m.a.aws_eks_fargate_profile.b"),
        (r#"["x]y[\"z"]"#, r#"'m.a["x]y[\"z"].aws_eks_fargate_profile.b'"#, "m.a.aws_eks_fargate_profile.b"),
    ] {
        let address = format!("m.a{key}.aws_eks_fargate_profile.b");
        let steps = Keeper::Terraform { address }.let_go("web", None, &BTreeMap::new());
        assert!(steps[0].contains(&format!("terraform state rm {word};")), "{steps:?}");
        assert!(steps[0].contains(&format!("\n  from = {from}\n")), "{steps:?}");
    }
    let text = "{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: 'a; rm b', namespace: $(c) } }";
    let steps = &of(Format::Ack, text)[0].let_go;
    assert!(steps[1].ends_with("'a; rm b' -n '$(c)'"), "{steps:?}");
}
