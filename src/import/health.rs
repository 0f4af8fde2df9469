//! What a source says is wrong with a profile, and whether it can be taken over as it is.

use serde_json::Value;

use crate::eks::{ProfileStatus, UNDESCRIBED};

/// What EKS says of its health, in one line.
pub(super) fn issues(health: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let issue = |it: &Value| format!("{}: {}", text(&it["code"]), text(&it["message"]));
    let all: Vec<String> = health["issues"].as_array().into_iter().flatten().map(issue).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// What the status of an object of Kubernetes complains of: the field, and what it says.
pub(super) fn complaints(status: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let of_field = |field: &str| Some((format!("status.{field}"), text(&status[field])?));
    let of_condition = |condition: &Value| {
        let (kind, is) = (text(&condition["type"])?, text(&condition["status"])?);
        let is_bad = if kind.starts_with("ACK.") { is == "True" && kind == "ACK.Terminal" } else { is == "False" };
        let said = text(&condition["message"]).or_else(|| text(&condition["reason"])).unwrap_or_default();
        is_bad.then(|| (format!("status.conditions.{kind}"), format!("it is {is}: {said}")))
    };
    let of_health = issues(&status["health"]).map(|said| ("status.health".to_owned(), said));
    let conditions = status["conditions"].as_array().into_iter().flatten().filter_map(of_condition);
    let fields = ["failureReason", "failureMessage"].into_iter().filter_map(of_field);
    of_health.into_iter().chain(fields).chain(conditions).collect()
}

/// Why a profile that a source tells this state of cannot be taken over.
pub(super) fn unready(status: Option<&str>) -> Option<String> {
    unready_in(&ProfileStatus::from(status.filter(|status| !status.is_empty())?))
}

pub(super) fn unready_in(status: &ProfileStatus) -> Option<String> {
    match status {
        ProfileStatus::Active | ProfileStatus::Creating => None,
        ProfileStatus::Unknown(word) if word == UNDESCRIBED => {
            Some("EKS does not describe it (eks:DescribeFargateProfile), so its selectors are not known".to_owned())
        }
        other => Some(format!("it is {}, and only an ACTIVE profile is taken over", other.name())),
    }
}
