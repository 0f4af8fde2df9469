//! What people read who set a value wrong, before anything reaches the cluster.

use serde_json::{Value, json};

use super::helm::{Helm, OPERATOR, values};

fn wrong() -> Vec<(Value, &'static str)> {
    let role = "arn:aws:iam::111122223333:role/operator";
    vec![
        (
            json!({ "region": "eu-central-1" }),
            "clusterName is required: the name of the EKS cluster that this is installed in, for example --set clusterName=prod",
        ),
        (
            json!({ "clusterName": "prod" }),
            "region is required: the AWS region of the EKS cluster, for example --set region=eu-central-1",
        ),
        (
            values(json!({ "clusterName": "arn:aws:eks:eu-central-1:111122223333:cluster/prod" })),
            "is no name of an EKS cluster: 1 to 100 letters, digits, - and _, the first a letter or digit. Write the name, not the ARN",
        ),
        (
            values(json!({ "region": "eu-central-1a" })),
            r#"region "eu-central-1a" is no AWS region: write for example eu-central-1, without the letter of an availability zone"#,
        ),
        (
            values(json!({ "defaultPodExecutionRoleArn": "fargate-pods" })),
            r#"defaultPodExecutionRoleArn "fargate-pods" is no ARN of an IAM role: write arn:aws:iam::ACCOUNT:role/NAME"#,
        ),
        (
            values(json!({ "defaultPodExecutionRoleArn": "arn:aws:iam::111122223333:role/path/fargate-pods" })),
            "has a path, and EKS refuses such roles for Fargate pods: name a role without one",
        ),
        (values(json!({ "defaultSubnets": ["private"] })), r#"defaultSubnets: "private" is no id of a subnet"#),
        (
            values(json!({ "aws": { "irsa": { "roleArn": "operator" } } })),
            r#"aws.irsa.roleArn "operator" is no ARN of an IAM role"#,
        ),
        (
            values(json!({ "aws": { "irsa": { "roleArn": role }, "podIdentity": { "enabled": true } } })),
            "aws.irsa.roleArn and aws.podIdentity.enabled are two ways to the same credentials, and with both the pods would take IRSA's: set one of them. On Fargate that is aws.irsa.roleArn: EKS Pod Identity does not work there",
        ),
        (
            values(
                json!({ "aws": { "podIdentity": { "enabled": true } }, "serviceAccount": { "annotations": { "eks.amazonaws.com/role-arn": role } } }),
            ),
            "are two ways to the same credentials",
        ),
        (
            values(json!({ "aws": { "podIdentity": { "association": { "create": true } } } })),
            "aws.podIdentity.association.create needs aws.podIdentity.enabled=true",
        ),
        (
            values(json!({ "aws": { "podIdentity": { "enabled": true, "association": { "create": true } } } })),
            "needs aws.podIdentity.association.roleArn",
        ),
        (
            values(json!({ "image": { "digest": "latest" } })),
            r#"image.digest "latest" is no digest: write sha256: and 64 hexadecimal digits"#,
        ),
        (
            values(json!({ "extraEnv": [{ "name": "AWS_REGION", "value": "x" }] })),
            "extraEnv: AWS_REGION is set by the chart itself: leave it out here, and use the chart's own value for it if there is one",
        ),
        (
            values(
                json!({ "log": { "filter": "info" }, "extraEnv": [{ "name": "FARGATE_OPERATOR_LOG", "value": "x" }] }),
            ),
            "extraEnv: FARGATE_OPERATOR_LOG is set by the chart itself",
        ),
        (
            values(json!({ "extraEnv": [{ "name": "A", "value": "x" }, { "name": "A", "value": "y" }] })),
            "extraEnv: A is there twice",
        ),
        (
            values(json!({ "extraArgs": ["--listen=0.0.0.0:9090"] })),
            "extraArgs: --listen=0.0.0.0:9090 is the chart's to set, since other objects go by it: use clusterName, region or port",
        ),
        (
            values(json!({ "aws": { "irsa": { "roleArn": "arn:aws:iam::111122223333:role/a b" } } })),
            "is no ARN of an IAM role",
        ),
        (
            values(
                json!({ "aws": { "irsa": { "roleArn": role } }, "serviceAccount": { "create": false, "name": "mine" } }),
            ),
            "with serviceAccount.create=false that is yours: leave aws.irsa.roleArn empty, and annotate it, for example kubectl -n default annotate serviceaccount mine eks.amazonaws.com/role-arn=arn:aws:iam::111122223333:role/operator",
        ),
        (
            values(json!({ "serviceAccount": { "create": false, "annotations": { "a": "b" } } })),
            "serviceAccount.annotations has no effect with serviceAccount.create=false",
        ),
        (
            values(json!({ "image": { "repository": "registry.example.com:5000/fargate-operator:0.1.0" } })),
            "has a tag or a digest in it: write these as image.tag or image.digest",
        ),
        (
            values(
                json!({ "image": { "tag": "0.2.0", "digest": format!("sha256:{}", "0123456789abcdef".repeat(4)) } }),
            ),
            r#"image.tag "0.2.0" would have no effect beside image.digest: set one of them, and the other to """#,
        ),
        (
            values(json!({ "podDisruptionBudget": { "maxUnavailable": "0%" } })),
            "podDisruptionBudget.maxUnavailable 0% would let no pod go, so that no node could be drained: write 1, or podDisruptionBudget.enabled=false",
        ),
        (
            values(json!({ "podLabels": { "app.kubernetes.io/name": "x" } })),
            "podLabels and commonLabels cannot have app.kubernetes.io/name: by that label the operator's pods are selected",
        ),
        // By the schema.
        (values(json!({ "clustername": "prod" })), "additional properties 'clustername' not allowed"),
        (values(json!({ "rbac": { "pod": true } })), "at '/rbac': additional properties 'pod' not allowed"),
        (values(json!({ "replicas": "2" })), "at '/replicas': got string, want integer"),
        (values(json!({ "aws": null })), "missing property 'aws'"),
        // Else it would allow all ports.
        (
            values(json!({ "networkPolicy": { "egressPorts": null } })),
            "at '/networkPolicy': missing property 'egressPorts'",
        ),
        (
            values(json!({ "extraEnv": [{ "name": "A", "value": 1 }] })),
            "at '/extraEnv/0/value': got number, want string",
        ),
        (
            values(json!({ "tolerations": [{ "key": "a", "operater": "Exists" }] })),
            "at '/tolerations/0': additional properties 'operater' not allowed",
        ),
        (values(json!({ "podLabels": { "a": "b c" } })), "at '/podLabels/a': 'b c' does not match pattern"),
        (values(json!({ "intervals": { "settle": "90" } })), "at '/intervals/settle': '90' does not match pattern"),
        (
            values(json!({ "image": { "pullPolicy": "Sometimes" } })),
            "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'",
        ),
        (values(json!({ "adminListen": "0.0.0.0:8081" })), "at '/adminListen': '0.0.0.0:8081' does not match pattern"),
        (
            values(json!({ "livenessProbe": { "exec": {} } })),
            "at '/livenessProbe': additional properties 'exec' not allowed",
        ),
    ]
}

#[tokio::test]
async fn wrong_values_are_refused_with_what_to_do() {
    let helm = Helm::new("messages").await;
    for (values, message) in wrong() {
        let error = helm.with(&format!("template x {OPERATOR}"), &values).await.unwrap_err();
        assert!(error.contains(message), "{values}\nnot said: {message}\nbut: {error}");
    }
}
