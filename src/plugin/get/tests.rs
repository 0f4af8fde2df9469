//! Whose each profile is, and the table.

use super::*;
use crate::eks::Profile;
use crate::eks::ProfileStatus::Active;
use crate::plugin::status::tests::situation;
use crate::plugin::terminal::{Terminal, plain};
use crate::state::fixture::{foreign, owned, wall};

fn place() -> Place {
    Place { region: "us-west-2".to_owned(), cluster: "prod".to_owned() }
}

/// Each by its name in EKS, its object, its status, and where that is from.
fn told(listed: &[Listed]) -> Vec<String> {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    listed
        .iter()
        .map(|it| {
            format!("{} {} {} {:?}", or_none(&it.name), or_none(&it.fargate_profile), or_none(&it.status), it.source)
        })
        .collect()
}

#[test]
fn profiles_of_others_stand_beside_those_of_objects() {
    let objects = [situation("settled"), situation("refused-first")];
    let mut theirs = foreign("legacy", Active);
    theirs.tags.insert("aws:cloudformation:stack-name".to_owned(), "network".to_owned());
    let described = [(place(), vec![owned("web-9999", Active), theirs, foreign("plain", Active)])];
    let listed = join(&described, &objects);
    assert_eq!(
        told(&listed),
        ["legacy - ACTIVE Eks", "plain - ACTIVE Eks", "web-9999 web ACTIVE Eks", "- web - Status"]
    );
    let managers: Vec<Option<&str>> = listed.iter().map(|it| it.managed_by.as_deref()).collect();
    assert_eq!(managers, [Some("CloudFormation (aws:cloudformation:stack-name=network)"), None, None, None]);
    assert!(listed[2].is_called("web") && listed[2].is_called("web-9999") && !listed[2].is_called("web-9"));
}

#[test]
fn of_a_profile_that_may_not_be_described_status_tells_whose_it_is() {
    let described = [(place(), vec![Profile::named("web-9999"), Profile::named("theirs")])];
    let listed = join(&described, &[situation("settled")]);
    assert_eq!(told(&listed), ["theirs - not described Eks", "web-9999 web ACTIVE Status"]);
}

#[test]
fn where_aws_is_not_asked_status_tells_what_objects_have() {
    let listed = join(&[], &[situation("replacement-drain")]);
    assert_eq!(told(&listed), ["web-9998 web ACTIVE Status", "web-9999 web ACTIVE Status"]);
    assert_eq!(listed[0].selectors[0].namespace, "web");
    assert_eq!(listed[1].selectors, []);
}

#[test]
fn the_table_has_eksctls_columns_and_a_row_for_each_selector() {
    let mut many = owned("web-9999", Active);
    many.selectors = [
        crate::eks::Selector { namespace: "api".into(), labels: [("tier".to_owned(), "front".to_owned())].into() },
        crate::eks::Selector { namespace: "web".into(), ..Default::default() },
    ]
    .into();
    many.tags.insert("team".to_owned(), "web".to_owned());
    let listed = join(&[(place(), vec![many, foreign("legacy", Active)])], &[situation("settled")]);
    let terminal = Terminal { width: None, height: None, is_interactive: false };
    let table = |wide| plain(&text::table(&terminal, &listed, wide, wall(0)).0);
    let rows: Vec<Vec<String>> =
        table(false).lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
    assert_eq!(rows[0], text::COLUMNS);
    let short =
        |row: &Vec<String>| [&row[0], &row[1], &row[2], &row[5], &row[6], &row[7]].map(String::as_str).join(" ");
    assert_eq!(
        rows[1..].iter().map(short).collect::<Vec<_>>(),
        [
            "legacy web <none> <none> ACTIVE -",
            "web-9999 api tier=front team=web ACTIVE web",
            "web-9999 web <none> team=web ACTIVE web"
        ]
    );
    let narrow = Terminal { width: Some(80), ..terminal };
    let (shown, is_whole) = text::table(&narrow, &listed, false, wall(0));
    assert!(shown.contains("<none>            \x1b[32mACTIVE\x1b[0m   web"), "{shown}");
    assert_eq!(
        plain(&shown),
        "NAME       SELECTOR_NAMESPACE   SELECTOR_LABELS   STATUS   FARGATEPROFILE\n\
         legacy     web                  <none>            ACTIVE   -\n\
         web-9999   api                  tier=front        ACTIVE   web\n\
         web-9999   web                  <none>            ACTIVE   web"
    );
    assert!(!is_whole && text::table(&narrow, &listed, true, wall(0)).1);
    assert!(table(true).contains("fargate-operator.dev/owner=web"), "{}", table(true));
    assert!(table(true).lines().next().unwrap().ends_with("CLUSTER   REGION      AGE      ISSUES"), "{}", table(true));
}
