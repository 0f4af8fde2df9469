//! An operator that cannot start: what the person who installs it reads on the terminal.

use std::net::TcpListener;
use std::process::Command;

use bed::programs;

/// One row of the table: bad settings.
pub struct Start {
    /// A sentence.
    pub situation: &'static str,
    /// The settings besides those that are needed.
    pub settings: Vec<String>,
    /// All that is said, but for the pointer to `--help`.
    pub says: String,
}

fn start(situation: &'static str, settings: &[&str], says: impl Into<String>) -> Start {
    Start { situation, settings: settings.iter().map(|word| (*word).to_owned()).collect(), says: says.into() }
}

pub fn rows() -> Vec<Start> {
    let invalid = |value: &str, setting: &str, variable: &str, rule: &str| {
        let flag = setting.split(' ').next().unwrap_or_default();
        format!(
            "error: invalid value '{value}' for '{setting}': {rule}\n\n  tip: {flag} is also the environment variable {variable}"
        )
    };
    vec![
        start(
            "the cluster is named by its ARN",
            &["--cluster-name", "arn:aws:eks:eu-central-1:111122223333:cluster/prod"],
            invalid(
                "arn:aws:eks:eu-central-1:111122223333:cluster/prod",
                "--cluster-name <NAME>",
                "FARGATE_OPERATOR_CLUSTER_NAME",
                "an EKS cluster name has 1 to 100 letters, digits, - and _, and begins with a letter or digit",
            ),
        ),
        start(
            "the region is empty",
            &["--region="],
            invalid(
                "",
                "--region <REGION>",
                "AWS_REGION",
                "write a region such as eu-central-1, without the letter of an availability zone",
            ),
        ),
        start(
            "the path of the default role has a blank",
            &["--default-pod-execution-role-arn", "arn:aws:iam::111122223333:role/my team/pods"],
            invalid(
                "arn:aws:iam::111122223333:role/my team/pods",
                "--default-pod-execution-role-arn <ARN>",
                "FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN",
                "write arn:aws:iam::ACCOUNT:role/NAME, with twelve digits for the account",
            ),
        ),
        start(
            "a default subnet is a name",
            &["--default-subnets", "subnet-0a1b2c3d,private-b"],
            invalid(
                "private-b",
                "--default-subnets <SUBNET,…>",
                "FARGATE_OPERATOR_DEFAULT_SUBNETS",
                "write ids such as subnet-0a1b2c3d4e5f67890, separated by commas, or auto, or tag:KEY=VALUE",
            ),
        ),
        start(
            "the path of the role that is created has no slash at its end",
            &["--managed-role-path", "/team"],
            invalid(
                "/team",
                "--managed-role-path <PATH>",
                "FARGATE_OPERATOR_MANAGED_ROLE_PATH",
                "a path in IAM begins and ends with / and has up to 512 characters of ASCII without blanks; write for example /team/",
            ),
        ),
        start(
            "a role that is created is named, but none is",
            &["--managed-role-name", "pods"],
            "error: --managed-role-name (FARGATE_OPERATOR_MANAGED_ROLE_NAME) is pods and --managed-pod-execution-role (FARGATE_OPERATOR_MANAGED_POD_EXECUTION_ROLE) is false: no role is created for which it could count; leave it out, or set --managed-pod-execution-role\n\nUsage: fargate-operator <COMMAND>",
        ),
        start(
            "an interval has no unit",
            &["--settle", "30"],
            invalid(
                "30",
                "--settle <DURATION>",
                "FARGATE_OPERATOR_SETTLE",
                r#"failed to parse input in the "friendly" duration format: expected to find unit designator suffix (e.g., `years` or `secs`) after parsing integer; write for example 30s, 2m or 1h30m"#,
            ),
        ),
        start(
            "an interval is nothing",
            &["--resync", "0s"],
            invalid(
                "0s",
                "--resync <DURATION>",
                "FARGATE_OPERATOR_RESYNC",
                "it must be longer than nothing; write for example 30s, 2m or 1h30m",
            ),
        ),
        start(
            "the quiet time is shorter than a call may take",
            &["--quiet", "10s"],
            "error: --quiet (FARGATE_OPERATOR_QUIET) is 10s and --operation-timeout (FARGATE_OPERATOR_OPERATION_TIMEOUT) is 30s: the quiet time must be longer, since a call may take effect as long as it is under way; raise the one or lower the other\n\nUsage: fargate-operator <COMMAND>",
        ),
        start(
            "there is no Kubernetes",
            &[],
            r#"fargate-operator: neither in a cluster nor a usable kubeconfig, so that there is no Kubernetes API server: failed to infer config: in-cluster: (failed to read an incluster environment variable: environment variable not found), kubeconfig: (failed to read kubeconfig from '"/nonexistent/.kube/config"': No such file or directory (os error 2))"#,
        ),
    ]
}

/// Somebody else listens where the operator is to listen.
fn taken(address: &str) -> Start {
    let says = format!("fargate-operator: listening on --listen {address}: Address already in use (os error 98)");
    start("the address to listen on is taken", &["--listen", address], says)
}

fn said(row: &Start) -> String {
    let needed = [("--cluster-name", "prod"), ("--region", "eu-central-1"), ("--listen", "127.0.0.1:0")];
    let mut command = Command::new(programs::operator().unwrap());
    command.env_clear().env("HOME", "/nonexistent").env("FARGATE_OPERATOR_LOG", "off").arg("run");
    for (setting, value) in needed {
        if !row.settings.iter().any(|word| word.starts_with(setting)) {
            command.args([setting, value]);
        }
    }
    let output = command.args(&row.settings).output().unwrap();
    assert!(!output.status.success(), "{}", row.situation);
    String::from_utf8(output.stderr).unwrap().replace("\n\nFor more information, try '--help'.", "").trim().to_owned()
}

#[test]
fn an_operator_with_bad_settings_ends_at_once_and_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken(&listener.local_addr().unwrap().to_string());
    let wrong: Vec<String> = rows()
        .iter()
        .chain([&taken])
        .map(|row| (row, said(row)))
        .filter(|(row, said)| *said != row.says)
        .map(|(row, said)| format!("{}:\n   is: {said}\n  not: {}", row.situation, row.says))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
