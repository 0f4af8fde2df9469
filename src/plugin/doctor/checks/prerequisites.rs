//! What the operator found of the prerequisites, by EKS cluster: a finding that many objects share is told once.

use std::collections::BTreeMap;

use kube::ResourceExt;

use super::super::gather::{Objects, Read};
use super::super::line::{Check, Level, Line};
use super::few;
use crate::prerequisites::Severity;

const CHECK: Check = Check("prerequisites", "prerequisites");

pub(super) fn lines(read: &Read<Objects>, own_cluster: &str) -> Vec<Line> {
    CHECK.of(read, |objects| {
        let mut found: BTreeMap<(&str, Level, &str, &str), Vec<String>> = BTreeMap::new();
        for object in &objects.readable {
            let cluster = object.spec.cluster_name.as_deref().unwrap_or(own_cluster);
            for finding in object.status.iter().flat_map(|status| &status.findings) {
                let key = (cluster, level(&finding.severity), finding.check.as_str(), finding.message.as_str());
                found.entry(key).or_default().push(object.name_any());
            }
        }
        if found.is_empty() {
            return vec![CHECK.ok("the operator found nothing missing")];
        }
        found
            .into_iter()
            .map(|((cluster, level, check, message), objects)| {
                let detail = format!("{check}: {message} (FargateProfile {})", few(&objects));
                CHECK.line(level, detail).about(format!("prerequisites in {cluster}"))
            })
            .collect()
    })
}

/// The messages of findings bring their ways out.
fn level(severity: &str) -> Level {
    match severity {
        _ if severity == Severity::Blocking.name() => Level::Fail,
        _ if severity == Severity::Unknown.name() => Level::Skip,
        _ => Level::Warn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{FargateProfile, FargateProfileSpec, FargateProfileStatus, FindingRecord};

    fn object(name: &str, cluster: Option<&str>, severity: &str) -> FargateProfile {
        let spec = FargateProfileSpec { cluster_name: cluster.map(str::to_owned), ..FargateProfileSpec::default() };
        let finding = FindingRecord { check: "WayOut".into(), severity: severity.into(), message: "none".into() };
        let status = FargateProfileStatus { findings: vec![finding], ..FargateProfileStatus::default() };
        FargateProfile { status: Some(status), ..FargateProfile::new(name, spec) }
    }

    #[test]
    fn findings_are_told_once_for_each_cluster() {
        let readable = vec![
            object("a", None, "Blocking"),
            object("b", Some("prod"), "Blocking"),
            object("c", Some("test"), "Advisory"),
            object("d", None, "Unknown"),
        ];
        let told = lines(&Ok(Objects { readable, ..Objects::default() }), "prod");
        let told: Vec<(Level, &str, &str)> =
            told.iter().map(|line| (line.level, line.about.as_str(), line.detail.as_str())).collect();
        let (prod, test) = ("prerequisites in prod", "prerequisites in test");
        assert_eq!(
            told,
            [
                (Level::Fail, prod, "WayOut: none (FargateProfile a, b)"),
                (Level::Skip, prod, "WayOut: none (FargateProfile d)"),
                (Level::Warn, test, "WayOut: none (FargateProfile c)"),
            ]
        );
        assert_eq!(lines(&Ok(Objects::default()), "prod")[0].level, Level::Ok);
    }
}
