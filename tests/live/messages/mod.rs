//! Bad input and bad luck: one table of what can go wrong and of what the person who has to mend it reads then.
//!
//! [`refusal`] is input that the API server refuses, [`situation`] is what an object's conditions tell of. Each row names its
//! situation in a sentence and expects the exact text: field, value, rule and way out. The other files are the rows, by theme.

mod bad_days;
mod changes;
mod clusters;
mod denied;
mod expected;
mod failures;
mod gaps;
mod kubectl;
mod kubernetes;
mod limits;
mod names;
mod overlaps;
mod owners;
mod reasons;
pub mod refusal;
mod refused_by_eks;
mod roles_and_subnets;
mod run;
mod selectors;
mod situation;
mod starts;
mod tags;
mod whole_operator;

use std::collections::BTreeSet;

use bed::{Bed, Options};

/// Theme, situation, and the input with what is said of it.
type Line = (&'static str, &'static str, String);

fn refusals() -> Vec<(&'static str, Vec<refusal::Refusal>)> {
    vec![
        ("names", names::rows()),
        ("selectors", selectors::rows()),
        ("roles and subnets", roles_and_subnets::rows()),
        ("tags", tags::rows()),
        ("changes and values", changes::rows()),
    ]
}

fn situations() -> Vec<(&'static str, Vec<situation::Row>)> {
    vec![
        ("refused by EKS", refused_by_eks::rows()),
        ("limits", limits::rows()),
        ("denied", denied::rows()),
        ("failures", failures::rows()),
        ("holds and gaps", gaps::rows()),
        ("owners", owners::rows()),
        ("clusters", clusters::rows().into_iter().chain([clusters::whose_account()]).collect()),
        ("bad days", bad_days::rows()),
        ("installed wrongly", whole_operator::rows().into_iter().chain([kubernetes::no_pods()]).collect()),
    ]
}

/// The whole table.
fn table() -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (theme, rows) in refusals() {
        lines.extend(rows.into_iter().map(|row| (theme, row.situation, format!("{}\n{}", row.manifest, row.says))));
    }
    for (theme, rows) in situations() {
        lines.extend(rows.into_iter().map(|row| (theme, row.situation, format!("{}\n{}", row.spec, row.shows))));
    }
    lines.extend(starts::rows().into_iter().map(|row| ("bad settings", row.situation, row.says)));
    lines.extend(kubernetes::rows().into_iter().map(|row| ("Kubernetes", row.situation, row.says.to_owned())));
    lines
}

#[test]
fn the_table_has_at_least_sixty_rows_and_no_two_are_the_same() {
    let table = table();
    let mut themes: Vec<(&str, usize)> = Vec::new();
    for (theme, ..) in &table {
        match themes.last_mut().filter(|(last, _)| last == theme) {
            Some((_, count)) => *count += 1,
            None => themes.push((theme, 1)),
        }
    }
    println!("{} rows: {themes:?}", table.len());
    assert!(table.len() >= 60, "{}", table.len());
    let (mut situations, mut said) = (BTreeSet::new(), BTreeSet::new());
    for (_, situation, says) in &table {
        assert!(situations.insert(situation), "twice: {situation}");
        assert!(said.insert(says), "{situation} is another row once more: {says}");
    }
}

#[tokio::test]
async fn a_manifest_that_eks_could_not_take_is_refused_with_field_value_rule_and_way_out() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    refusal::check(&bed, refusals().into_iter().flat_map(|(_, rows)| rows).collect()).await;
}

async fn run_rows(rows: Vec<situation::Row>) {
    let bed = Bed::start(run::quick()).await.unwrap();
    run::run(&bed, rows).await;
}

#[tokio::test]
async fn what_only_eks_knows_is_told_with_its_words_and_the_way_out() {
    run_rows(refused_by_eks::rows().into_iter().chain(limits::rows()).collect()).await;
}

#[tokio::test]
async fn every_call_that_is_denied_names_the_permission_that_is_missing() {
    run_rows(denied::rows().into_iter().chain([clusters::whose_account()]).collect()).await;
}

#[tokio::test]
async fn every_health_code_comes_with_a_way_out() {
    run_rows(failures::rows().into_iter().chain(clusters::rows()).collect()).await;
}

#[tokio::test]
async fn what_a_person_holds_back_and_what_a_gap_meets_is_told_with_the_way_out() {
    run_rows(gaps::rows()).await;
}

#[tokio::test]
async fn what_belongs_to_others_is_named_and_not_touched() {
    run_rows(owners::rows()).await;
}

#[tokio::test]
async fn a_bad_day_is_waited_out_and_told() {
    let bed = Bed::start(crate::support::quick(60.0)).await.unwrap();
    run::run(&bed, bad_days::rows()).await;
}
