//! Profiles as EKS itself describes them.

use serde_json::Value;

use super::fields::Fields;
use super::health::{unready, unready_in};
use super::values::scalar;
use super::{Existing, Keeper, Lost, Reading, health};
use crate::api::ProfileSelector;
use crate::eks::Profile;

/// What `aws eks describe-fargate-profile` prints, one or many, and lists of it.
pub(super) fn read(documents: &[Value]) -> Reading {
    let mut reading = Reading::default();
    for document in documents {
        let described = document.get("fargateProfile").unwrap_or(document);
        for name in document["fargateProfileNames"].as_array().into_iter().flatten() {
            let name = scalar(name).unwrap_or_default();
            let why = "only its name is known: give what aws eks describe-fargate-profile prints, or use --from eks";
            reading.lost.push(Lost::of(&name, "", why));
        }
        if described.get("fargateProfileName").is_some() {
            reading.profiles.push(described_profile(described));
        } else if document.get("fargateProfileNames").is_none() {
            reading.lost.push(Lost::of(
                "file",
                "",
                "a part of it is no Fargate profile: give what aws eks describe-fargate-profile --output json prints",
            ));
        }
    }
    reading
}

fn described_profile(value: &Value) -> Existing {
    let title = scalar(&value["fargateProfileName"]).unwrap_or_default();
    let mut fields = Fields::of(&title, "", value);
    fields.pass(&["fargateProfileArn", "createdAt", "health"]);
    if let Some(issues) = health::issues(&value["health"]) {
        fields.lose("health", issues);
    }
    let (status, profile) = (fields.text("status"), of_api(&mut fields));
    let keeper = Keeper::of_tags(&profile.tags);
    Existing { keeper, unwritable: unready(status.as_deref()), ..profile }.ended(title, fields)
}

/// A profile by the names that its fields have in EKS's API, in requests and in answers.
pub(super) fn of_api(fields: &mut Fields<'_>) -> Existing {
    Existing {
        name: fields.text("fargateProfileName"),
        cluster: fields.text("clusterName"),
        role: fields.text("podExecutionRoleArn"),
        subnets: fields.texts("subnets"),
        selectors: fields.selectors(&["selectors"]),
        tags: fields.tags("tags"),
        ..Existing::default()
    }
}

/// A profile that EKS has been asked for.
pub fn of_eks(profile: &Profile, cluster: &str) -> Existing {
    let selector = |it: &crate::eks::Selector| ProfileSelector {
        namespace: it.namespace.clone(),
        labels: Some(it.labels.clone()).filter(|labels| !labels.is_empty()),
    };
    Existing {
        object: profile.name.clone(),
        name: Some(profile.name.clone()),
        cluster: Some(cluster.to_owned()),
        role: Some(profile.role.clone()).filter(|role| !role.is_empty()),
        subnets: profile.subnets.iter().cloned().collect(),
        selectors: profile.selectors.iter().map(selector).collect(),
        tags: profile.tags.clone(),
        keeper: Keeper::of_tags(&profile.tags),
        unwritable: unready_in(&profile.status),
        ..Existing::default()
    }
}
