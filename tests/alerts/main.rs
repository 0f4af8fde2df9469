//! The alerts, the dashboard and the docs of metrics, held against the page that the operator really serves, by promtool.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod page;
mod promql;
mod promtool;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped(name: &str) -> PathBuf {
    repository().join("charts/fargate-operator/files").join(name)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All values under this key, anywhere.
fn all<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    match value {
        Value::Object(map) => {
            let here = map.get(key).and_then(Value::as_str);
            here.into_iter().chain(map.values().flat_map(|inner| all(inner, key))).collect()
        }
        Value::Array(list) => list.iter().flat_map(|inner| all(inner, key)).collect(),
        _ => Vec::new(),
    }
}

fn rules() -> Vec<Value> {
    let file = yaml(&shipped("alerts.yaml"));
    let groups = file["groups"].as_array().unwrap().iter();
    groups.flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

fn names() -> BTreeSet<String> {
    rules().iter().map(|rule| rule["alert"].as_str().unwrap().to_owned()).collect()
}

fn tests() -> Vec<PathBuf> {
    ["operator.yaml", "eks.yaml", "profiles.yaml", "days.yaml"]
        .map(|name| repository().join("tests/alerts").join(name))
        .into()
}

#[test]
fn promtool_takes_the_page_in_the_format_that_it_reads() {
    let remarks = promtool::check_metrics(&page::touched());
    // Names that the world knows, with the meaning that they have there.
    assert_eq!(remarks, "");
}

#[test]
fn promtool_takes_the_rules_and_each_alert_fires_when_it_should_and_only_then() {
    promtool::run(&["check", "rules"], &[shipped("alerts.yaml")]);
    promtool::run(&["test", "rules"], &tests());
}

#[test]
fn each_alert_is_looked_at_when_it_begins_to_fire_and_a_minute_before() {
    let mut tight = BTreeSet::new();
    for file in tests() {
        for test in yaml(&file)["tests"].as_array().unwrap() {
            let looks: BTreeSet<_> = test["promql_expr_test"].as_array().unwrap().iter().filter_map(look).collect();
            let begins = |(name, minute, fires): &(String, u32, bool)| {
                *fires && looks.contains(&(name.clone(), minute - 1, false))
            };
            tight.extend(looks.iter().filter(|look| begins(look)).map(|(name, ..)| name.clone()));
        }
    }
    assert_eq!(tight, names());
}

/// Which alert is looked at, in which minute, and whether it fires then; nothing for a look at all alerts.
fn look(look: &Value) -> Option<(String, u32, bool)> {
    let (_, named) = look["expr"].as_str().unwrap().split_once("alertname=\"")?;
    let minute = look["eval_time"].as_str().unwrap().strip_suffix('m').unwrap().parse().unwrap();
    let fires = look["exp_samples"].as_array().is_some_and(|samples| !samples.is_empty());
    Some((named.split('"').next().unwrap().to_owned(), minute, fires))
}

#[test]
fn each_alert_says_what_is_wrong_how_bad_it_is_and_where_its_runbook_is() {
    let docs = read(&repository().join("docs/alerts.md"));
    let sections: BTreeSet<String> =
        docs.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert_eq!(sections, names(), "sections of docs/alerts.md");
    for rule in rules() {
        let name = rule["alert"].as_str().unwrap();
        assert!(matches!(rule["labels"]["severity"].as_str(), Some("critical" | "warning")), "{name}");
        for annotation in ["summary", "description"] {
            assert!(!rule["annotations"][annotation].as_str().unwrap().is_empty(), "{name}");
        }
        let runbook = rule["annotations"]["runbook_url"].as_str().unwrap();
        assert!(runbook.ends_with(&format!("/docs/alerts.md#{}", name.to_lowercase())), "{name}: {runbook}");
    }
}

#[test]
fn every_alert_and_every_panel_asks_for_what_is_on_the_page() {
    let page = page::series(&page::touched());
    let alerts = yaml(&shipped("alerts.yaml"));
    let dashboard: Value = serde_json::from_str(&read(&shipped("dashboard.json"))).unwrap();
    let (alerts, panels) = (all(&alerts, "expr"), all(&dashboard, "expr"));
    assert_eq!(alerts.len(), names().len());
    assert!(panels.len() > 20, "{}", panels.len());
    let absent: Vec<_> =
        alerts.iter().chain(&panels).flat_map(|expression| promql::absent(expression, &page)).collect();
    assert_eq!(absent, Vec::<String>::new());
}

#[test]
fn a_metric_or_a_label_that_is_not_on_the_page_is_noticed() {
    let page = page::series(&page::touched());
    let absent = |expression: &str| promql::absent(expression, &page);
    assert_eq!(absent("sum by (nothing) (rate(fargate_operator_objects[5m])) > 0"), Vec::<String>::new());
    assert_eq!(absent("sum(fargate_operator_object) > 0"), ["fargate_operator_object"]);
    assert_eq!(absent(r#"fargate_operator_profiles{state="redy"}"#), [r#"fargate_operator_profiles{state="redy"}"#]);
    assert_eq!(
        absent(r#"rest_client_requests_total{code=~"5..|<error>"} and on (x) fargate_operator_build_inf"#),
        ["fargate_operator_build_inf"]
    );
    assert_eq!(
        absent(r#"rate(fargate_operator_eks_requests_total{outcom="ok"}[5m])"#),
        [r#"fargate_operator_eks_requests_total{outcom="ok"}"#]
    );
}

#[test]
fn the_table_in_the_docs_is_the_page() {
    let page = page::touched();
    let kinds: BTreeMap<&str, &str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    let docs = read(&repository().join("docs/metrics.md"));
    let rows: Vec<Vec<&str>> = docs
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(|cell| cell.trim_matches([' ', '`'])).collect())
        .collect();
    let told: BTreeMap<&str, &str> = rows.iter().map(|row| (row[1], row[2])).collect();
    assert_eq!(told, kinds);
    let series = page::series(&page);
    for row in rows {
        let told: BTreeSet<&str> = row[3].split(',').map(|cell| cell.trim_matches([' ', '`'])).collect();
        let of_it = series.iter().filter(|series| series.family() == row[1]);
        let mut labels: BTreeSet<&str> = of_it.flat_map(|series| series.labels.keys().map(String::as_str)).collect();
        labels.remove("le");
        if labels.is_empty() {
            labels.insert("");
        }
        assert_eq!(told, labels, "{}", row[1]);
    }
}

/// Everything that kube-state-metrics is asked for is in the CRD.
#[test]
fn every_path_of_the_kube_state_metrics_configuration_leads_somewhere() {
    let crd = yaml(&repository().join("crds/fargateprofiles.yaml"));
    let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let config = yaml(&shipped("kube-state-metrics.yaml"));
    let metrics = config["spec"]["resources"][0]["metrics"].as_array().unwrap();
    for metric in metrics {
        let kind = metric["each"]["type"].as_str().unwrap();
        let each = &metric["each"][&(kind[..1].to_lowercase() + &kind[1..])];
        let root = each["path"].as_array().cloned().unwrap_or_default();
        let relative = each["labelsFromPath"].as_object().into_iter().flat_map(|labels| labels.values().cloned());
        for path in relative.chain([each["valueFrom"].clone()]) {
            let path: Vec<Value> = root.iter().cloned().chain(path.as_array().cloned().unwrap_or_default()).collect();
            let names: Vec<&str> = path.iter().map(|part| part.as_str().unwrap()).collect();
            assert!(leads_somewhere(schema, &names), "{}: {names:?}", metric["name"]);
        }
        if let Some(listed) = each["list"].as_array() {
            let path: Vec<&str> =
                root.iter().chain(each["valueFrom"].as_array().unwrap()).filter_map(Value::as_str).collect();
            let known = at(schema, &path).and_then(|field| field["enum"].as_array().or(field["oneOf"].as_array()));
            // EKS's own words are a plain string.
            assert!(known.is_none_or(|known| known.len() == listed.len()), "{}: {known:?}", metric["name"]);
        }
    }
}

fn leads_somewhere(schema: &Value, path: &[&str]) -> bool {
    path.first() == Some(&"metadata") || at(schema, path).is_some()
}

fn at<'a>(schema: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(schema, |schema, part| {
        let schema = schema.get("items").unwrap_or(schema);
        schema.get("properties")?.get(part)
    })
}
