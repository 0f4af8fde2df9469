//! Fargate's log router, which a ConfigMap switches on and configures (EKS user guide, Fargate logging). Whoever has none wants no logs.

use std::collections::BTreeMap;

use crate::message::{cut, message};
use crate::prerequisites::checks::permissions;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding};
use crate::prerequisites::fluent_bit::{Section, sections, variable};

/// The most characters that Fargate takes.
const MOST: usize = 5300;
/// Each key with the sections that belong there.
const PLACES: [(&str, &str); 3] = [("filters.conf", "FILTER"), ("output.conf", "OUTPUT"), ("parsers.conf", "PARSER")];
const FILTERS: [&str; 8] =
    ["grep", "parser", "record_modifier", "rewrite_tag", "throttle", "nest", "modify", "kubernetes"];
const CLOUDWATCH: [&str; 2] = ["cloudwatch", "cloudwatch_logs"];
const OUTPUTS: [&str; 6] = ["es", "firehose", "kinesis_firehose", "cloudwatch", "cloudwatch_logs", "kinesis"];
/// AWS's own policies that surely let no role write logs, by a part of their names.
const NO_LOGS: [&str; 4] = [
    "AmazonEKSFargatePodExecutionRolePolicy",
    "AmazonEC2ContainerRegistry",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
];
/// How much of what users write a message has room for.
const WORD: usize = 24;

/// A section of the ConfigMap with the key that it stands under.
type Placed<'a> = (&'a str, Section<'a>);

pub(super) fn logging(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(Some(data)) = evidence.inside.logging.known() else { return Vec::new() };
    let placed: Vec<Placed<'_>> =
        data.iter().flat_map(|(key, text)| sections(text).into_iter().map(|section| (key.as_str(), section))).collect();
    let messages = [
        unlabelled(evidence),
        too_long(data),
        misplaced(&placed),
        without_output(&placed),
        unknown_filter(&placed),
        unknown_output(&placed),
        from_environment(&placed),
        not_allowed(&placed, question, evidence),
    ];
    messages.into_iter().flatten().map(|message| Finding::advisory(Check::Logging, message)).collect()
}

fn unlabelled(evidence: &Evidence) -> Option<String> {
    (evidence.inside.observability.known() == Some(&false)).then(|| {
        message!(
            "namespace aws-observability lacks a label, so Fargate ships no log: kubectl label namespace aws-observability \
             aws-observability=enabled --overwrite"
        )
    })
}

fn too_long(data: &BTreeMap<String, String>) -> Option<String> {
    let length: usize = data.values().map(|text| text.chars().count()).sum();
    (length > MOST).then(|| {
        message!(
            "ConfigMap aws-observability/aws-logging has {length} characters, of which Fargate takes at most 5300: shorten it, and \
             recreate the pods"
        )
    })
}

fn belongs((key, section): &Placed<'_>) -> bool {
    PLACES.iter().any(|(place, name)| key == place && section.is(name))
}

fn misplaced(placed: &[Placed<'_>]) -> Option<String> {
    let (key, section) = placed.iter().find(|one| !belongs(one))?;
    let (key, name) = (cut(key, WORD), cut(section.name, WORD));
    Some(message!(
        "{key} of ConfigMap aws-logging has [{name}], but Fargate takes only [FILTER] in filters.conf, [OUTPUT] in output.conf and \
         [PARSER] in parsers.conf: move or remove it"
    ))
}

/// The sections of this kind that stand where they belong.
fn of_kind<'a>(placed: &'a [Placed<'a>], kind: &'a str) -> impl Iterator<Item = &'a Section<'a>> {
    placed.iter().filter(move |one| belongs(one) && one.1.is(kind)).map(|(_, section)| section)
}

fn without_output(placed: &[Placed<'_>]) -> Option<String> {
    of_kind(placed, "OUTPUT").next().is_none().then(|| {
        message!(
            "ConfigMap aws-observability/aws-logging has no [OUTPUT] in output.conf, so Fargate ships no log: add one, or delete \
             the ConfigMap"
        )
    })
}

/// The first plugin of this kind that is none of those.
fn unknown<'a>(placed: &'a [Placed<'a>], kind: &'a str, known: &[&str]) -> Option<String> {
    let mut plugins = of_kind(placed, kind).filter_map(Section::plugin);
    let name = plugins.find(|plugin| !known.iter().any(|known| plugin.eq_ignore_ascii_case(known)))?;
    Some(cut(name, WORD))
}

fn unknown_filter(placed: &[Placed<'_>]) -> Option<String> {
    let (name, known) = (unknown(placed, "FILTER", &FILTERS)?, FILTERS.join(", "));
    Some(message!("filters.conf of ConfigMap aws-logging names {name}, which Fargate does not have: use {known}"))
}

fn unknown_output(placed: &[Placed<'_>]) -> Option<String> {
    let (name, known) = (unknown(placed, "OUTPUT", &OUTPUTS)?, OUTPUTS.join(", "));
    Some(message!("output.conf of ConfigMap aws-logging names {name}, which Fargate does not have: use {known}"))
}

fn from_environment(placed: &[Placed<'_>]) -> Option<String> {
    let mut all = placed.iter().flat_map(|(key, section)| section.entries.iter().map(move |(_, value)| (key, value)));
    let (key, name) = all.find_map(|(key, value)| Some((key, variable(value)?)))?;
    let (key, name) = (cut(key, WORD), cut(name, WORD));
    Some(message!(
        "{key} of ConfigMap aws-observability/aws-logging takes {name} from the environment, which Fargate refuses: write the \
         value itself"
    ))
}

/// What a policy of the user's own allows is not read, so it counts as enough.
fn not_allowed(placed: &[Placed<'_>], question: &Question, evidence: &Evidence) -> Option<String> {
    let mut outputs = of_kind(placed, "OUTPUT").filter_map(Section::plugin);
    outputs.find(|plugin| CLOUDWATCH.iter().any(|name| plugin.eq_ignore_ascii_case(name)))?;
    let role = question.own_role(evidence)?.role()?;
    let known = evidence.roles.get(&question.role)?;
    let (attached, inline) = (known.attached_policies.known()?, known.inline_policies.known()?);
    let lets_none =
        |arn: &String| permissions::managed(arn).is_some_and(|name| NO_LOGS.iter().any(|policy| name.contains(policy)));
    (inline.is_empty() && attached.iter().all(lets_none)).then(|| {
        message!(
            "aws-logging sends to CloudWatch, but role {role} may not: allow logs:CreateLogStream, CreateLogGroup, \
             DescribeLogStreams, PutLogEvents"
        )
    })
}
