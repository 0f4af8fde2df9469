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
        let mut profiles = read(format, text).unwrap().profiles;
        profiles[0].name.get_or_insert("web".to_owned());
        let all = imported(profiles);
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
        let steps = Keeper::Terraform { address, beside: Vec::new() }.let_go("web", None, &BTreeMap::new());
        assert!(steps[0].contains(&format!("terraform state rm {word},")), "{steps:?}");
        assert!(steps[0].contains(&format!("\n  from = {from}\n")), "{steps:?}");
    }
    let text = "{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: { name: 'a; rm b', namespace: $(c) }, spec: { name: \
                web, selectors: [{ namespace: web }] } }";
    let steps = &of(Format::Ack, text)[0].let_go;
    assert!(steps[1].ends_with("'a; rm b' -n '$(c)'"), "{steps:?}");
}

/// What makes the role together with the profile deletes it when it is taken out, under the pods that run by it.
#[test]
fn the_role_stays_where_its_maker_lets_go() {
    let first = |format, text: &str| of(format, text)[0].let_go[0].clone();
    for (arn, is_named) in [
        (r#"{ "Fn::GetAtt": ["Pods", "Arn"] }"#, true),
        (r#"{ "Fn::Sub": "${Pods.Arn}" }"#, true),
        (r#"{ "Fn::GetAtt": ["Other", "Arn"] }"#, false),
        (r#""arn:aws:iam::111122223333:role/pods""#, false),
    ] {
        let template = format!(
            r#"{{ "Resources": {{ "Pods": {{ "Type": "AWS::IAM::Role" }}, "Other": {{ "Type": "AWS::IAM::User" }}, "Web": {{ "Type":
                "AWS::EKS::FargateProfile", "Properties": {{ "FargateProfileName": "web", "PodExecutionRoleArn": {arn}, "Selectors":
                [{{ "Namespace": "web" }}] }} }} }} }}"#
        );
        let step = first(Format::CloudFormation, &template);
        assert_eq!(step.starts_with("give Web and its role (Pods) DeletionPolicy: Retain"), is_named, "{step}");
        assert_eq!(step.starts_with("give Web DeletionPolicy: Retain"), !is_named, "{step}");
    }
    let cdk = r#"{ "Resources": { "Pods": { "Type": "AWS::IAM::Role" }, "PodsPolicy": { "Type": "AWS::IAM::Policy", "Properties": {
        "Roles": [{ "Ref": "Pods" }] } }, "Web": { "Type": "Custom::AWSCDK-EKS-FargateProfile", "Properties": {
        "Config": { "fargateProfileName": "web", "podExecutionRoleArn": { "Fn::GetAtt": ["Pods", "Arn"] }, "selectors": [{ "namespace":
        "web" }] } } } } }"#;
    let step = first(Format::CloudFormation, cdk);
    assert!(step.starts_with("give Web and its role (Pods, PodsPolicy) the removal policy RETAIN"), "{step}");

    let state = |module: &str| {
        let arn = "arn:aws:iam::111122223333:role/pods";
        format!(
            r#"{{ "version": 4, "resources": [
                {{ "mode": "managed", "module": "module.a[\"x\"]", "type": "aws_eks_fargate_profile", "name": "this", "instances": [{{ "index_key": 0,
                "attributes": {{ "fargate_profile_name": "a", "pod_execution_role_arn": "{arn}", "selector": [{{ "namespace": "a" }}] }} }}] }},
                {{ "mode": "managed", {module} "type": "aws_iam_role", "name": "this", "instances": [{{ "index_key": 0, "attributes": {{ "arn":
                "{arn}" }} }}] }}, {{ "mode": "managed", {module} "type": "aws_iam_role_policy_attachment", "name": "this", "instances": [{{
                "index_key": "p", "attributes": {{ "role": "pods" }} }}, {{ "index_key": "q", "attributes": {{ "role": "other" }} }}] }} ] }}"#
        )
    };
    let steps = |module: &str| of(Format::Terraform, &state(module))[0].let_go.clone();
    let same = steps(r#""module": "module.a[\"x\"]","#);
    let all = r#"terraform state rm 'module.a["x"].aws_eks_fargate_profile.this[0]' 'module.a["x"].aws_iam_role.this[0]' 'module.a["x"].aws_iam_role_policy_attachment.this["p"]' (the role too, which its module makes and deletes with itself), and only then take that out of the code; or, for all instances at once, write this"#;
    assert!(same[0].starts_with(all), "{same:?}");
    let blocks: Vec<&str> = same[0].lines().filter(|line| line.starts_with("  from = ")).collect();
    let resources = ["aws_eks_fargate_profile.this", "aws_iam_role.this", "aws_iam_role_policy_attachment.this"];
    assert_eq!(blocks, resources.map(|resource| format!("  from = module.a.{resource}")));
    let resource = |kind: &str, values: &str| {
        format!(r#"{{ "address": "module.a.{kind}.this", "type": "{kind}", "values": {{ {values} }} }}"#)
    };
    let arn = "arn:aws:iam::111122223333:role/pods";
    let selecting = r#""fargate_profile_name": "a", "selector": [{ "namespace": "a" }]"#;
    let profile = resource("aws_eks_fargate_profile", &format!(r#"{selecting}, "pod_execution_role_arn": "{arn}""#));
    let role = resource("aws_iam_role", &format!(r#""arn": "{arn}""#));
    let values = format!(r#"{{ "root_module": {{ "child_modules": [{{ "resources": [{profile}, {role}] }}] }} }}"#);
    let plan = format!(r#"{{ "prior_state": {{ "values": {values} }}, "planned_values": {values} }}"#);
    let once = "terraform state rm module.a.aws_eks_fargate_profile.this module.a.aws_iam_role.this (the role too";
    let step = first(Format::Terraform, &plan);
    assert!(step.starts_with(once), "{step}");
    for elsewhere in ["", r#""module": "module.b","#] {
        assert!(!steps(elsewhere)[0].contains("aws_iam_role"), "a role elsewhere stays");
    }
}

#[test]
fn what_makes_the_object_again_is_stopped_first_and_changed_last() {
    let object = |metadata: &str| {
        format!(
            "{{ apiVersion: eks.services.k8s.aws/v1alpha1, kind: FargateProfile, metadata: {{ name: web, {metadata} }}, spec: {{ name: web, \
             selectors: [{{ namespace: web }}] }} }}"
        )
    };
    for (metadata, makers) in [
        ("", &[][..]),
        ("ownerReferences: [{ kind: Instance, name: a }]", &["Instance a"]),
        ("ownerReferences: [{ apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: a }]", &[]),
        ("annotations: { meta.helm.sh/release-name: shop }", &["the Helm release shop"]),
        ("labels: { kustomize.toolkit.fluxcd.io/name: apps }", &["Flux's Kustomization apps"]),
        (
            "annotations: { argocd.argoproj.io/tracking-id: 'shop:eks/FargateProfile:a/web' }",
            &["Argo CD's Application shop"],
        ),
    ] {
        let steps = &of(Format::Ack, &object(metadata))[0].let_go;
        let (stopped, steps) = steps.split_at(makers.len());
        let (own, removed) = steps.split_at(steps.len() - makers.len());
        for (maker, (stop, remove)) in makers.iter().zip(stopped.iter().zip(removed)) {
            let stops = format!("{maker} makes its object again: suspend it, or do not run it, until the last step");
            assert_eq!(*stop, stops);
            assert!(remove.starts_with(&format!("remove the object from {maker}, now that it is gone")), "{remove}");
        }
        assert!(own[0].starts_with("kubectl annotate"), "{own:?}");
    }
}
