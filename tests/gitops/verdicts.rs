//! Every situation as kstatus and Argo CD see it, by their own code: tests/tools/verdicts.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use bed::programs;
use fargate_operator::api::{ConditionType, FargateProfile, Reason};
use serde::{Deserialize, Serialize};

use crate::text;

pub(crate) const FOLDER: &str = "gitops/argocd";
const LUA: &str = "gitops/argocd/health.lua";
const CONFIG_MAP: &str = "gitops/argocd/argocd-cm.yaml";
const TESTS: &str = "gitops/argocd/health_test.yaml";

/// Argo CD's own format, so that the folder can be tested there as well.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct HealthTests {
    tests: Vec<HealthTest>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename_all = "camelCase")]
struct HealthTest {
    health_status: Said,
    input_path: String,
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
pub(crate) struct Said {
    pub(crate) status: String,
    pub(crate) message: String,
}

/// One situation with its verdicts.
pub(crate) struct Case {
    /// Path below [`FOLDER`].
    pub(crate) path: String,
    /// What it shows.
    pub(crate) title: String,
    pub(crate) object: FargateProfile,
    pub(crate) kstatus: Said,
    pub(crate) argocd: Said,
}

impl Case {
    /// The status of a condition, if it is there, with its reason.
    pub(crate) fn condition(&self, kind: ConditionType) -> Option<(&str, &str)> {
        let conditions = &self.object.status.as_ref().unwrap().conditions;
        let found = conditions.iter().find(|condition| condition.type_ == kind.name())?;
        Some((&found.status, &found.reason))
    }

    fn is_true(&self, kind: ConditionType) -> bool {
        self.condition(kind).is_some_and(|(status, _)| status == "True")
    }

    fn is_observed(&self) -> bool {
        self.object.status.as_ref().unwrap().observed_generation == self.object.metadata.generation
    }
}

/// All of them, in the order of `health_test.yaml`; those that are missing there at the end.
pub(crate) async fn cases() -> Vec<Case> {
    #[derive(Deserialize)]
    struct Line {
        kstatus: Said,
        argocd: Said,
    }
    let listed: HealthTests = serde_saphyr::from_str(&text(TESTS)).unwrap();
    let mut paths: Vec<String> = listed.tests.into_iter().map(|test| test.input_path).collect();
    let mut there: BTreeSet<String> = std::fs::read_dir(programs::repository().join(FOLDER).join("testdata"))
        .unwrap()
        .map(|entry| format!("testdata/{}", entry.unwrap().file_name().display()))
        .collect();
    paths.retain(|path| there.remove(path));
    paths.extend(there);

    let output = Command::new(programs::tools().await.unwrap().join("verdicts"))
        .current_dir(programs::repository().join(FOLDER))
        .arg("health.lua")
        .args(&paths)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "verdicts failed; its message is above");
    let lines: Vec<Line> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect();
    assert_eq!(lines.len(), paths.len());
    paths
        .into_iter()
        .zip(lines)
        .map(|(path, line)| {
            let text = text(&format!("{FOLDER}/{path}"));
            let title = text.lines().next().unwrap().trim_start_matches("# ").to_owned();
            let object = serde_saphyr::from_str(&text).unwrap();
            Case { path, title, object, kstatus: line.kstatus, argocd: line.argocd }
        })
        .collect()
}

/// `health_test.yaml` as it should be.
fn health_tests(cases: &[Case]) -> String {
    let tests = cases
        .iter()
        .map(|case| HealthTest { health_status: case.argocd.clone(), input_path: case.path.clone() })
        .collect();
    serde_saphyr::to_string(&HealthTests { tests }).unwrap()
}

/// `argocd-cm.yaml` as it should be.
fn config_map() -> String {
    let lua: String = text(LUA).lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect();
    format!(
        "# Tells Argo CD the health of FargateProfiles:\n\
         #   kubectl -n argocd patch configmap argocd-cm --patch-file gitops/argocd/argocd-cm.yaml\n\
         # With its Helm chart, these data belong under configs.cm. Written from health.lua beside it.\n\
         apiVersion: v1\n\
         kind: ConfigMap\n\
         metadata:\n\
         \x20 name: argocd-cm\n\
         \x20 namespace: argocd\n\
         data:\n\
         \x20 resource.customizations.health.fargate-operator.dev_FargateProfile: |\n\
         {lua}"
    )
}

#[tokio::test]
async fn the_verdicts_on_record_are_those_of_the_tools() {
    let cases = cases().await;
    assert!(text(TESTS) == health_tests(&cases), "{TESTS} is not current: make generate");
}

#[tokio::test]
async fn flux_helm_and_argo_cd_agree_and_none_waits_for_what_will_not_come() {
    for case in cases().await {
        let (kstatus, argocd) = (case.kstatus.status.as_str(), case.argocd.status.as_str());
        let verdicts = format!("{}: kstatus {kstatus}, Argo CD {argocd}", case.path);
        let expected: &[&str] = match kstatus {
            "Current" => &["Healthy"],
            "InProgress" => &["Progressing", "Suspended"],
            "Failed" => &["Degraded"],
            // To kstatus an object that is being deleted is that and nothing else.
            "Terminating" => &["Progressing", "Degraded"],
            other => panic!("{other}"),
        };
        assert!(expected.contains(&argocd), "{verdicts}");
        if !case.is_observed() {
            assert_eq!(argocd, "Progressing", "{verdicts}");
            continue;
        }
        let [reconciling, stalled, ready] =
            [ConditionType::Reconciling, ConditionType::Stalled, ConditionType::Ready].map(|kind| case.is_true(kind));
        assert_eq!(argocd == "Degraded", stalled, "{verdicts}");
        assert_eq!(argocd == "Progressing", reconciling, "{verdicts}");
        assert_eq!(argocd == "Healthy", ready && !reconciling && !stalled, "{verdicts}");
        assert_eq!(argocd == "Suspended", !ready && !reconciling && !stalled, "{verdicts}");
        assert!(!case.argocd.message.is_empty(), "{verdicts}");
    }
}

#[test]
fn argo_cd_is_given_the_lua_that_is_tested() {
    assert!(text(CONFIG_MAP) == config_map(), "{CONFIG_MAP} is not current: make generate");
    let map: serde_json::Value = serde_saphyr::from_str(&text(CONFIG_MAP)).unwrap();
    let given = &map["data"]["resource.customizations.health.fargate-operator.dev_FargateProfile"];
    assert_eq!(given.as_str(), Some(text(LUA).as_str()));
}

#[test]
fn the_lua_knows_only_reasons_that_there_are() {
    let lua = text(LUA);
    let mentioned: Vec<&str> = lua.split("reason == \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(!mentioned.is_empty());
    for reason in mentioned {
        assert!(Reason::from_name(reason).is_some(), "{reason}");
    }
}

#[tokio::test]
#[ignore = "writes gitops/argocd and docs/gitops.md"]
async fn write_verdicts() {
    let cases = cases().await;
    let write = |path: &str, text: String| std::fs::write(programs::repository().join(path), text).unwrap();
    write(CONFIG_MAP, config_map());
    write(TESTS, health_tests(&cases));
    write(crate::table::DOCUMENT, crate::table::document(&cases));
}
