//! What people read who set a value wrong, before anything reaches the cluster.

use std::process::Command;

use bed::programs;
use serde_json::{Value, json};

use super::helm::{Helm, OPERATOR, object, values};

/// The operator is to create the pod execution role, in this way.
fn managed(role: Value, more: Value) -> Value {
    let mut all = values(json!({ "mending": { "podExecutionRole": { "enabled": true } } }));
    for (key, value) in role.as_object().unwrap() {
        all["mending"]["podExecutionRole"][key] = value.clone();
    }
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

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
        (values(json!({ "defaultSubnets": ["private"] })), r#"defaultSubnets: "private" is no id of a subnet"#),
        (values(json!({ "defaultSubnets": ["tag:"] })), "or auto, or tag:KEY=VALUE"),
        (
            values(json!({ "defaultSubnets": ["auto", "subnet-0a1b2c3d4e5f67890"] })),
            "defaultSubnets mixes ids, auto and tag in auto, subnet-0a1b2c3d4e5f67890: write ids alone",
        ),
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
            values(json!({ "extraEnv": [{ "name": "FARGATE_OPERATOR_QUIET", "value": "1s" }] })),
            "extraEnv: FARGATE_OPERATOR_QUIET would be checked by nobody: every setting of the operator has a value of its own in this chart, use that",
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
        (
            managed(json!({}), json!({ "defaultPodExecutionRoleArn": "arn:aws:iam::111122223333:role/pods" })),
            r#"mending.podExecutionRole.enabled is true and defaultPodExecutionRoleArn is "arn:aws:iam::111122223333:role/pods": FargateProfiles that name no role have either the one or the other; leave one of the two out"#,
        ),
        (
            values(json!({ "mending": { "podExecutionRole": { "tags": { "team": "a" } } } })),
            "mending.podExecutionRole.tags has no effect without mending.podExecutionRole.enabled=true, since no role is created: leave it out, or set that",
        ),
        (
            values(json!({ "mending": { "coreDns": { "enabled": true, "deployments": null } } })),
            "mending.coreDns.enabled needs mending.coreDns.deployments: the Deployments that the operator may patch",
        ),
        (
            values(json!({ "mending": { "coreDns": { "enabled": true } }, "rbac": { "pods": false } })),
            "mending.coreDns.enabled needs rbac.pods=true: only with these rights the operator finds the Service at the cluster's DNS address",
        ),
        (
            managed(json!({ "tags": { "a=b": "c" } }), json!({})),
            "and here no = in the key; write a shorter or a plainer one",
        ),
        (
            values(json!({ "mending": { "coreDns": { "deployments": [{ "namespace": "Dns", "name": "coredns" }] } } })),
            "at '/mending/coreDns/deployments/0/namespace': 'Dns' does not match pattern",
        ),
        // By the schema.
        (values(json!({ "clustername": "prod" })), "additional properties 'clustername' not allowed"),
        // A setting has a value, or an environment variable.
        (values(json!({ "extraArgs": ["--bogus"] })), "additional properties 'extraArgs' not allowed"),
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
        (
            values(json!({ "image": { "pullPolicy": "Sometimes" } })),
            "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'",
        ),
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

/// Values with which the operator would not start, and what is said of them.
fn would_not_start() -> Vec<(Value, &'static str)> {
    let lease = |name: &str, value: &str| json!({ "leaderElection": { name: value } });
    let interval = |name: &str, value: &str| json!({ "intervals": { name: value } });
    let log = |filter: &str| json!({ "log": { "filter": filter } });
    let role = |name: &str, value: &str| json!({ "mending": { "podExecutionRole": { "enabled": true, name: value } } });
    let tag = |key: &str, value: &str| json!({ "mending": { "podExecutionRole": { "enabled": true, "tags": { key: value } } } });
    vec![
        (
            lease("leaseDuration", "5s"),
            r#"leaderElection.renewDeadline "10s" must be shorter than leaderElection.leaseDuration "5s", since who holds the Lease must have stopped before another takes it: lower the one or raise the other"#,
        ),
        (lease("leaseDuration", "10s"), "must be shorter than"),
        (lease("renewDeadline", "1m"), r#"leaderElection.renewDeadline "1m" must be shorter"#),
        (
            lease("renewDeadline", "6s"),
            r#"leaderElection.retry "2s" must be less than a third of leaderElection.renewDeadline "6s", so that one lost call stops nothing"#,
        ),
        (lease("retry", "3s334ms"), "must be less than a third"),
        (
            json!({ "leaderElection": { "leaseDuration": "999ms", "renewDeadline": "900ms", "retry": "100ms" } }),
            r#"leaderElection.leaseDuration "999ms" is too short, since a Lease counts in full seconds: write 1s or more"#,
        ),
        (
            interval("quiet", "30s"),
            r#"intervals.quiet "30s" must be longer than intervals.operationTimeout "30s", since a call may take effect as long as it is under way: raise the one or lower the other"#,
        ),
        (interval("operationTimeout", "1h1m"), r#"must be longer than intervals.operationTimeout "1h1m""#),
        (
            interval("resync", "0s"),
            r#"intervals.resync "0s" must be longer than nothing: write for example 30s, 2m or 1h30m"#,
        ),
        (lease("retry", "0h0m"), r#"leaderElection.retry "0h0m" must be longer than nothing"#),
        (interval("settle", "90"), "at '/intervals/settle': '90' does not match pattern"),
        (interval("settle", "30s2m"), "at '/intervals/settle': '30s2m' does not match pattern"),
        (interval("settle", "9999999999999999h"), "at '/intervals/settle': '9999999999999999h' does not match pattern"),
        (
            log("info,inof"),
            r#"log.filter: "inof" is neither a level (off, error, warn, info, debug, trace) nor target=level"#,
        ),
        (log("in fo==="), r#"log.filter: "in fo===" is neither a level"#),
        (log("kube=wrn"), r#"log.filter: "kube=wrn" is neither a level"#),
        (log("=info"), r#"log.filter: "=info" is neither a level"#),
        (log(" , "), "at '/log/filter': ' , ' does not match pattern"),
        (json!({ "log": { "format": "xml" } }), "at '/log/format': value must be one of"),
        (json!({ "adminListen": "0.0.0.0:8081" }), "at '/adminListen': '0.0.0.0:8081' does not match pattern"),
        (
            json!({ "adminListen": "[::1]:70000" }),
            r#"adminListen "[::1]:70000" has no port: write one of at most 65535, such as 127.0.0.1:8081"#,
        ),
        (json!({ "otlpEndpoint": "http://" }), "at '/otlpEndpoint': 'http://' does not match pattern"),
        (json!({ "otlpEndpoint": "http://a b" }), "at '/otlpEndpoint': 'http://a b' does not match pattern"),
        (
            role("name", "team/pods"),
            r#"mending.podExecutionRole.name "team/pods" is no name of an IAM role: 1 to 64 letters, digits and + = , . @ _ -"#,
        ),
        (
            role("path", "team/"),
            r#"mending.podExecutionRole.path "team/" is no path in IAM: it begins and ends with /"#,
        ),
        (role("path", "/team"), "write for example /team/"),
        (role("path", "/a team/"), "has up to 512 characters of ASCII without blanks"),
        (
            role("permissionsBoundary", "boundary"),
            r#"mending.podExecutionRole.permissionsBoundary "boundary" is no ARN of a policy: write arn:aws:iam::ACCOUNT:policy/NAME"#,
        ),
        (role("permissionsBoundary", "arn:aws:iam::111122223333:policy/"), "is no ARN of a policy"),
        (
            tag("aws:team", "a"),
            r#"keys that begin with aws: are AWS's own and those with fargate-operator.dev/ the operator's"#,
        ),
        (tag("fargate-operator.dev/cluster", "a"), r#"write another key than "fargate-operator.dev/cluster""#),
        (tag("team", "a?b"), r#"mending.podExecutionRole.tags: "team" with value "a?b" is no tag that IAM takes"#),
        (tag(" ", "a"), "is no tag that IAM takes"),
        (
            json!({ "mending": { "podExecutionRole": { "enabled": true, "tags": { "team": "a", "Team": "b" } } } }),
            "mending.podExecutionRole.tags has the key \"team\" twice, and IAM does not tell keys apart by case",
        ),
        (json!({ "otlpEndpoint": "http://a?b" }), "at '/otlpEndpoint': 'http://a?b' does not match pattern"),
    ]
}

/// Values that come close to those, and do.
fn would_start() -> Vec<Value> {
    vec![
        json!({ "leaderElection": { "leaseDuration": "10s1ms" } }),
        json!({ "leaderElection": { "renewDeadline": "6s1ms" } }),
        json!({ "leaderElection": { "retry": "03s333ms" } }),
        json!({ "leaderElection": { "leaseDuration": "1s", "renewDeadline": "900ms", "retry": "299ms" } }),
        json!({ "intervals": { "quiet": "30s1ms" } }),
        json!({ "intervals": { "operationTimeout": "59s999ms", "resync": "1h30m" } }),
        json!({ "log": { "filter": "info, fargate_operator=DEBUG,kube-client::x=0," } }),
        json!({ "log": { "filter": "[pass{object=web}]=debug" } }),
        json!({ "mending": { "podExecutionRole": {
            "enabled": true, "name": "p+=,.@_-", "path": "/", "permissionsBoundary": "arn:aws-cn:iam::aws:policy/a/b",
            "tags": { "team": "", "Größe": "a b_.:/=+-@" },
        } } }),
        json!({ "adminListen": "[::1]:65535", "otlpEndpoint": "http://[::1]:4318/x" }),
    ]
}

/// The chart as it would be if it looked at nothing.
fn unchecked(helm: &Helm) -> String {
    let copy = helm.folder().join("unchecked");
    let source = programs::repository().join(OPERATOR);
    assert!(Command::new("cp").arg("-R").args([&source, &copy]).status().unwrap().success());
    std::fs::remove_file(copy.join("values.schema.json")).unwrap();
    std::fs::write(copy.join("templates/_checks.tpl"), r#"{{ define "fargate-operator.check" }}{{ end }}"#).unwrap();
    copy.display().to_string()
}

/// Whether the operator takes the settings that such a chart renders. It gets no further than to look for Kubernetes.
async fn starts(helm: &Helm, unchecked: &str, values: &Value) -> bool {
    let rendered = helm.template(unchecked, values).await;
    let container = &object(&rendered, "Deployment", "fargate-operator")["spec"]["template"]["spec"]["containers"][0];
    let variables = container["env"].as_array().unwrap().iter().filter_map(|variable| {
        // Made of others by the kubelet.
        let value = variable["value"].as_str().filter(|value| !value.contains("$("))?;
        Some((variable["name"].as_str().unwrap(), value))
    });
    let mut command = Command::new(programs::operator().unwrap());
    command.arg("run").env_clear().env("KUBECONFIG", "/nonexistent").envs(variables);
    let output = command.env("FARGATE_OPERATOR_LISTEN", "[::]:0").output().unwrap();
    match output.status.code() {
        Some(2) => false,
        Some(1) => true,
        other => panic!("{other:?}: {output:?}"),
    }
}

#[tokio::test]
async fn what_the_operator_would_not_start_with_is_refused_and_nothing_else() {
    let helm = Helm::new("starts").await;
    let unchecked = unchecked(&helm);
    for (wrong, message) in would_not_start() {
        let wrong = values(wrong);
        assert!(!starts(&helm, &unchecked, &wrong).await, "the operator takes {wrong}");
        let error = helm.with(&format!("template x {OPERATOR}"), &wrong).await.unwrap_err();
        assert!(error.contains(message), "{wrong}\nnot said: {message}\nbut: {error}");
    }
    for right in would_start() {
        let right = values(right);
        assert!(starts(&helm, &unchecked, &right).await, "the operator does not take {right}");
        helm.template(OPERATOR, &right).await;
    }
}
