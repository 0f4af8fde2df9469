use crate::prerequisites::fixture::*;
use crate::prerequisites::{Evidence, Read};

const OUTPUT: &str = "[OUTPUT]\n    Name es\n    Match *\n";

fn logs(evidence: &mut Evidence, data: &[(&str, &str)]) {
    let data = data.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    evidence.inside.logging = Read::Known(Some(data));
    evidence.inside.observability = Read::Known(true);
}

/// With this besides an output that is in order.
fn with(evidence: &mut Evidence, key: &str, text: &str) {
    logs(evidence, &[("output.conf", OUTPUT), (key, text)]);
}

#[test]
fn logs_that_are_wanted_can_be_shipped() {
    check_all(&[
        (|_, e| logs(e, &[("output.conf", OUTPUT), ("flb_log_cw", "false")]), &[]),
        (
            |_, e| {
                logs(e, &[("output.conf", OUTPUT)]);
                e.inside.observability = Read::Known(false);
            },
            &[
                "Advisory Logging: namespace aws-observability lacks a label, so Fargate ships no log: kubectl label namespace \
               aws-observability aws-observability=enabled --overwrite",
            ],
        ),
        (
            |_, e| with(e, "more.conf", &"#".repeat(5300 - OUTPUT.len() + 1)),
            &[
                "Advisory Logging: ConfigMap aws-observability/aws-logging has 5301 characters, of which Fargate takes at most 5300: \
               shorten it, and recreate the pods",
            ],
        ),
        (|_, e| with(e, "more.conf", &"#".repeat(5300 - OUTPUT.len())), &[]),
        (
            |_, e| logs(e, &[("flb_log_cw", "true")]),
            &[
                "Advisory Logging: ConfigMap aws-observability/aws-logging has no [OUTPUT] in output.conf, so Fargate ships no log: \
               add one, or delete the ConfigMap",
            ],
        ),
    ]);
}

#[test]
fn fargate_takes_three_sections_each_in_its_place() {
    const SAID: &str = "but Fargate takes only [FILTER] in filters.conf, [OUTPUT] in output.conf and [PARSER] in parsers.conf: move or \
                        remove it";
    let told = |change: Change| found(change).join("\n");
    let service = told(|_, e| with(e, "filters.conf", "[FILTER]\nName nest\n[SERVICE]\nFlush 1"));
    assert_eq!(service, format!("Advisory Logging: filters.conf of ConfigMap aws-logging has [SERVICE], {SAID}"));
    let elsewhere = told(|_, e| with(e, "fluent-bit.conf", "[FILTER]\nName nest"));
    assert_eq!(elsewhere, format!("Advisory Logging: fluent-bit.conf of ConfigMap aws-logging has [FILTER], {SAID}"));
    assert_eq!(told(|_, e| with(e, "parsers.conf", "[parser]\nname crio\nformat regex\nregex ^(?<log>.*)$")), "");
}

#[test]
fn fargate_has_some_plugins_and_no_environment() {
    check_all(&[
        (
            |_, e| with(e, "filters.conf", "[FILTER]\n  NAME Kubernetes\n[FILTER]\n  name lua"),
            &[
                "Advisory Logging: filters.conf of ConfigMap aws-logging names lua, which Fargate does not have: use grep, parser, \
               record_modifier, rewrite_tag, throttle, nest, modify, kubernetes",
            ],
        ),
        (
            |_, e| logs(e, &[("output.conf", "[OUTPUT]\n  Name s3\n")]),
            &[
                "Advisory Logging: output.conf of ConfigMap aws-logging names s3, which Fargate does not have: use es, firehose, \
               kinesis_firehose, cloudwatch, cloudwatch_logs, kinesis",
            ],
        ),
        (
            |_, e| logs(e, &[("output.conf", "[OUTPUT]\n  Name es\n  Host ${ES_HOST}\n")]),
            &[
                "Advisory Logging: output.conf of ConfigMap aws-observability/aws-logging takes ES_HOST from the environment, which \
               Fargate refuses: write the value itself",
            ],
        ),
        (|_, e| logs(e, &[("output.conf", "[OUTPUT]\n  Name es\n  # Host ${ES_HOST}\n  Index $TAG\n")]), &[]),
    ]);
}

#[test]
fn the_role_may_write_to_cloudwatch_if_logs_go_there() {
    fn to_cloudwatch(evidence: &mut Evidence) {
        logs(evidence, &[("output.conf", "[OUTPUT]\n    Name CloudWatch_Logs\n")]);
    }
    check_all(&[
        (
            |_, e| to_cloudwatch(e),
            &[
                "Advisory Logging: aws-logging sends to CloudWatch, but role pods may not: allow logs:CreateLogStream, CreateLogGroup, \
               DescribeLogStreams, PutLogEvents",
            ],
        ),
        // What a policy of the user's own allows is not read, nor what others of AWS's do.
        (
            |_, e| {
                to_cloudwatch(e);
                known(&mut role_mut(e).inline_policies).insert("logs".into());
            },
            &[],
        ),
        (
            |_, e| {
                to_cloudwatch(e);
                known(&mut role_mut(e).attached_policies).insert("arn:aws:iam::111122223333:policy/logs".into());
            },
            &[],
        ),
        (
            |_, e| {
                to_cloudwatch(e);
                let own = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy";
                known(&mut role_mut(e).attached_policies).insert(own.into());
            },
            &[],
        ),
        (
            |_, e| {
                to_cloudwatch(e);
                role_mut(e).inline_policies = Read::NotAsked;
            },
            &[],
        ),
    ]);
}
