//! Wrong settings are refused at the start: by name, with the value, and with what would do. Nothing is reached for before that.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::{Command, Output};

/// Flag, variable, value, and what the answer says besides these.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("cluster-name", "FARGATE_OPERATOR_CLUSTER_NAME", "my cluster", "1 to 100 letters, digits, - and _"),
    ("cluster-name", "FARGATE_OPERATOR_CLUSTER_NAME", "-prod", "begins with a letter or digit"),
    ("region", "AWS_REGION", "frankfurt", "write a region such as eu-central-1"),
    ("region", "AWS_REGION", "eu-central-1a", "without the letter of an availability zone"),
    ("region", "AWS_REGION", "EU-central-1", "write a region such as eu-central-1"),
    (
        "default-pod-execution-role-arn",
        "FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN",
        "fargate-pods",
        "write arn:aws:iam::ACCOUNT:role/NAME",
    ),
    (
        "default-pod-execution-role-arn",
        "FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN",
        "arn:aws:iam::1111:role/pods",
        "twelve digits",
    ),
    (
        "default-subnets",
        "FARGATE_OPERATOR_DEFAULT_SUBNETS",
        "10.0.0.0/24",
        "write ids such as subnet-0a1b2c3d4e5f67890",
    ),
    (
        "default-subnets",
        "FARGATE_OPERATOR_DEFAULT_SUBNETS",
        "subnet-0a1b2c3d4e5f67890;subnet-0f9e8d7c6b5a43210",
        "separated by commas",
    ),
    ("default-subnets", "FARGATE_OPERATOR_DEFAULT_SUBNETS", "Auto", "or auto, or tag:KEY=VALUE"),
    (
        "default-subnets",
        "FARGATE_OPERATOR_DEFAULT_SUBNETS",
        "tag:=1",
        "write tag:KEY=VALUE or tag:KEY, such as tag:kubernetes.io/role/internal-elb=1",
    ),
    ("default-prerequisites", "FARGATE_OPERATOR_DEFAULT_PREREQUISITES", "enforce", "write Enforce, Warn or Ignore"),
    (
        "managed-role-name",
        "FARGATE_OPERATOR_MANAGED_ROLE_NAME",
        "team/pods",
        "1 to 64 letters, digits and + = , . @ _ -; write it without its path",
    ),
    ("managed-role-path", "FARGATE_OPERATOR_MANAGED_ROLE_PATH", "team/", "begins and ends with /"),
    ("managed-role-path", "FARGATE_OPERATOR_MANAGED_ROLE_PATH", "/team", "write for example /team/"),
    ("managed-role-path", "FARGATE_OPERATOR_MANAGED_ROLE_PATH", "/a team/", "without blanks"),
    (
        "managed-role-permissions-boundary",
        "FARGATE_OPERATOR_MANAGED_ROLE_PERMISSIONS_BOUNDARY",
        "boundary",
        "write arn:aws:iam::ACCOUNT:policy/NAME",
    ),
    (
        "managed-role-permissions-boundary",
        "FARGATE_OPERATOR_MANAGED_ROLE_PERMISSIONS_BOUNDARY",
        "arn:aws:iam::111122223333:role/boundary",
        "write arn:aws:iam::ACCOUNT:policy/NAME",
    ),
    (
        "managed-role-permissions-boundary",
        "FARGATE_OPERATOR_MANAGED_ROLE_PERMISSIONS_BOUNDARY",
        "arn:aws:iam::1111:policy/boundary",
        "twelve digits",
    ),
    ("managed-role-tags", "FARGATE_OPERATOR_MANAGED_ROLE_TAGS", "team", "write KEY=VALUE, several separated by commas"),
    ("managed-role-tags", "FARGATE_OPERATOR_MANAGED_ROLE_TAGS", "=platform", "write KEY=VALUE"),
    ("managed-role-tags", "FARGATE_OPERATOR_MANAGED_ROLE_TAGS", "AWS:team=a", "aws: are AWS's own"),
    (
        "managed-role-tags",
        "FARGATE_OPERATOR_MANAGED_ROLE_TAGS",
        "fargate-operator.dev/owner=a",
        "fargate-operator.dev/ the operator's",
    ),
    (
        "managed-role-tags",
        "FARGATE_OPERATOR_MANAGED_ROLE_TAGS",
        "team=a?b",
        "letters, digits, blanks and _ . : / = + - @",
    ),
    ("own-profile", "FARGATE_OPERATOR_OWN_PROFILE", "a/b", "1 to 100 letters, digits, - and _"),
    ("own-pod", "FARGATE_OPERATOR_OWN_POD", "fargate-operator", "write NAMESPACE/NAME"),
    ("own-pod", "FARGATE_OPERATOR_OWN_POD", "/x", "write NAMESPACE/NAME"),
    ("listen", "FARGATE_OPERATOR_LISTEN", "8080", "such as [::]:8080"),
    ("listen", "FARGATE_OPERATOR_LISTEN", "localhost:http", "such as [::]:8080"),
    ("admin-listen", "FARGATE_OPERATOR_ADMIN_LISTEN", "8081", "such as 127.0.0.1:8081"),
    ("admin-listen", "FARGATE_OPERATOR_ADMIN_LISTEN", "0.0.0.0:8081", "is no loopback address"),
    ("log", "FARGATE_OPERATOR_LOG", "inof", "`inof` is neither a level"),
    ("log", "FARGATE_OPERATOR_LOG", "info,kube=wrn", "give a level such as `info`"),
    ("log-format", "FARGATE_OPERATOR_LOG_FORMAT", "xml", "possible values: auto, human, json"),
    ("otlp-endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "such as http://collector:4318"),
    ("otlp-endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://collector:4317", "write an http or https URL"),
    ("lease-namespace", "FARGATE_OPERATOR_LEASE_NAMESPACE", "Ops", "small letters, digits and -"),
    ("lease-name", "FARGATE_OPERATOR_LEASE_NAME", "a/b", "small letters, digits, - and ."),
    ("lease-duration", "FARGATE_OPERATOR_LEASE_DURATION", "15", "write for example 30s"),
    ("lease-renew-deadline", "FARGATE_OPERATOR_LEASE_RENEW_DEADLINE", "-1s", "must be longer than nothing"),
    ("lease-retry", "FARGATE_OPERATOR_LEASE_RETRY", "now", "write for example 30s"),
    ("quiet", "FARGATE_OPERATOR_QUIET", "60", "write for example 30s"),
    ("quiet", "FARGATE_OPERATOR_QUIET", "-1m", "must be longer than nothing"),
    ("settle", "FARGATE_OPERATOR_SETTLE", "soon", "write for example 30s"),
    ("progress-deadline", "FARGATE_OPERATOR_PROGRESS_DEADLINE", "0s", "must be longer than nothing"),
    ("resync", "FARGATE_OPERATOR_RESYNC", "2 fortnights", "write for example 30s"),
    ("describe-again", "FARGATE_OPERATOR_DESCRIBE_AGAIN", "0m", "must be longer than nothing"),
    ("operation-timeout", "FARGATE_OPERATOR_OPERATION_TIMEOUT", "1.5.0s", "write for example 30s"),
    ("time-scale", "FARGATE_OPERATOR_TIME_SCALE", "0", "a number from 1 to 10000"),
    ("time-scale", "FARGATE_OPERATOR_TIME_SCALE", "fast", "a number from 1 to 10000"),
];

/// `fargate-operator run` with a cluster, a region, and nowhere to go: a Kubernetes API server that does not exist.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fargate-operator"));
    command.env_clear().env("KUBECONFIG", "/nonexistent").env("FARGATE_OPERATOR_LISTEN", "127.0.0.1:0");
    command.env("FARGATE_OPERATOR_ADMIN_LISTEN", "127.0.0.1:0");
    command.env("FARGATE_OPERATOR_CLUSTER_NAME", "prod").env("AWS_REGION", "eu-central-1");
    command.arg("run").args(arguments).envs(variables.iter().copied()).output().unwrap()
}

fn said(output: &Output) -> String {
    // As it is wrapped for a person.
    String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_refused(output: &Output, (flag, variable, value, why): (&str, &str, &str, &str)) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(2), "{flag}={value}: {said}");
    for part in [&format!("--{flag}"), variable, value, why] {
        assert!(said.contains(part), "{flag}={value}: {part:?} is missing in: {said}");
    }
}

#[test]
fn a_wrong_flag_is_refused_with_its_name_its_value_and_what_would_do() {
    for &(flag, variable, value, why) in WRONG {
        assert_refused(&run(&[&format!("--{flag}={value}")], &[]), (flag, variable, value, why));
    }
}

#[test]
fn a_wrong_variable_is_refused_likewise() {
    for &(flag, variable, value, why) in WRONG {
        assert_refused(&run(&[], &[(variable, value)]), (flag, variable, value, why));
    }
}

#[test]
fn a_flag_that_stands_alone_is_true_or_false_as_a_variable() {
    for (flag, variable) in [
        ("managed-pod-execution-role", "FARGATE_OPERATOR_MANAGED_POD_EXECUTION_ROLE"),
        ("restore-access-entries", "FARGATE_OPERATOR_RESTORE_ACCESS_ENTRIES"),
        ("move-coredns", "FARGATE_OPERATOR_MOVE_COREDNS"),
    ] {
        assert_refused(&run(&[], &[(variable, "yes")]), (flag, variable, "yes", "write true or false"));
        for (arguments, variables, is_mended) in [
            (vec![format!("--{flag}")], vec![], true),
            (vec![], vec![(variable, "true")], true),
            (vec![], vec![(variable, "false")], false),
            (vec![], vec![(variable, "")], false),
        ] {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let said = said(&run(&arguments, &variables));
            assert!(said.contains("no Kubernetes API server"), "{flag}: {said}");
            assert_eq!(said.contains("mending is on"), is_mended, "{arguments:?} {variables:?}: {said}");
        }
    }
}

#[test]
fn the_table_has_every_flag_that_takes_a_value() {
    let help = String::from_utf8(run(&["--help"], &[]).stdout).unwrap();
    let flags = help.lines().filter_map(|line| line.trim_start().strip_prefix("--")?.split_once(" <"));
    let mut flags: Vec<&str> = flags.map(|(flag, _)| flag).collect();
    flags.sort_unstable();
    let mut table: Vec<&str> = WRONG.iter().map(|(flag, ..)| *flag).collect();
    table.sort_unstable();
    table.dedup();
    assert_eq!(table, flags);
}

#[test]
fn a_missing_setting_is_named_with_its_variable() {
    let output = run(&[], &[("FARGATE_OPERATOR_CLUSTER_NAME", ""), ("AWS_REGION", "")]);
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    for part in ["--cluster-name", "FARGATE_OPERATOR_CLUSTER_NAME", "--region", "AWS_REGION"] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
}

#[test]
fn settings_that_do_not_fit_together_are_refused_by_their_names() {
    let unfit: &[(&str, &[&str])] = &[
        (
            "--operation-timeout=90s",
            &["--quiet", "FARGATE_OPERATOR_QUIET", "60s", "--operation-timeout", "90s", "must be longer"],
        ),
        (
            "--lease-renew-deadline=15s",
            &["FARGATE_OPERATOR_LEASE_RENEW_DEADLINE", "--lease-duration", "15s", "must be shorter"],
        ),
        (
            "--lease-retry=6s",
            &["FARGATE_OPERATOR_LEASE_RETRY", "6s", "--lease-renew-deadline", "10s", "more than three times"],
        ),
        (
            "--default-subnets=auto,subnet-0a1b2c3d4e5f67890",
            &["FARGATE_OPERATOR_DEFAULT_SUBNETS", "write ids alone, auto alone, or tags alone"],
        ),
        ("--default-subnets=auto,auto", &["--default-subnets", "auto alone"]),
        ("--default-subnets=tag:a,subnet-0a1b2c3d4e5f67890", &["--default-subnets", "tags alone"]),
        ("--default-subnets=tag:a=1,tag:a=2", &["--default-subnets", "the key of a tag twice", "write each key once"]),
        (
            "--managed-role-name=pods",
            &[
                "--managed-role-name (FARGATE_OPERATOR_MANAGED_ROLE_NAME) is pods",
                "--managed-pod-execution-role (FARGATE_OPERATOR_MANAGED_POD_EXECUTION_ROLE) is false",
                "leave it out, or set --managed-pod-execution-role",
            ],
        ),
        (
            "--managed-role-path=/",
            &["--managed-role-path", "FARGATE_OPERATOR_MANAGED_ROLE_PATH", "is /", "no role is created"],
        ),
        (
            "--managed-role-permissions-boundary=arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
            &[
                "FARGATE_OPERATOR_MANAGED_ROLE_PERMISSIONS_BOUNDARY",
                "job-function/ViewOnlyAccess",
                "no role is created",
            ],
        ),
        ("--managed-role-tags=a=1,b=2", &["FARGATE_OPERATOR_MANAGED_ROLE_TAGS) is a=1,b=2", "no role is created"]),
        ("--lease-duration=900ms", &["FARGATE_OPERATOR_LEASE_DURATION", "900ms", "write 1s or more"]),
    ];
    for (flag, parts) in unfit {
        let output = run(&[flag], &[]);
        assert_eq!(output.status.code(), Some(2), "{flag}");
        let said = said(&output);
        for part in *parts {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
    }
}

#[test]
fn a_role_that_is_created_goes_with_no_other_default_and_has_each_key_once() {
    let create = "--managed-pod-execution-role";
    let unfit: [(&str, &[&str]); 2] = [
        (
            "--default-pod-execution-role-arn=arn:aws:iam::111122223333:role/pods",
            &[
                "--managed-pod-execution-role (FARGATE_OPERATOR_MANAGED_POD_EXECUTION_ROLE) is true",
                "--default-pod-execution-role-arn (FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN) is",
                "arn:aws:iam::111122223333:role/pods",
                "leave one of the two out",
            ],
        ),
        (
            "--managed-role-tags=team=a,Team=b",
            &["--managed-role-tags (FARGATE_OPERATOR_MANAGED_ROLE_TAGS)", "the key Team twice", "write each key once"],
        ),
    ];
    for (flag, parts) in unfit {
        let output = run(&[create, flag], &[]);
        assert_eq!(output.status.code(), Some(2), "{flag}");
        let said = said(&output);
        for part in parts {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
    }
}

#[test]
fn empty_variables_are_as_good_as_none_and_strange_ones_are_warned_of() {
    let empty: Vec<(&str, &str)> = WRONG
        .iter()
        .map(|(_, variable, ..)| (*variable, ""))
        .filter(|(variable, _)| {
            !["FARGATE_OPERATOR_CLUSTER_NAME", "AWS_REGION", "FARGATE_OPERATOR_LISTEN"].contains(variable)
        })
        .chain([("FARGATE_OPERATOR_RESYNK", "1m"), ("FARGATE_OPERATOR_SERVICE_HOST", "10.0.0.1")])
        .collect();
    let output = run(&[], &empty);
    let said = said(&output);
    // It has got as far as looking for Kubernetes.
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no Kubernetes API server"), "{said}");
    assert!(said.contains("there is no setting FARGATE_OPERATOR_RESYNK, so that it has no effect; the nearest one there is: FARGATE_OPERATOR_RESYNC"), "{said}");
    assert!(!said.contains("SERVICE_HOST"), "{said}");
    assert!(!said.contains("serving /log-level"), "empty turns it off: {said}");
}
