//! `terraform show -json` of a state or a plan (Terraform's JSON output format), and the state file itself. OpenTofu's are alike.

use serde_json::Value;

use super::fields::Fields;
use super::{Existing, Keeper, Lost, Reading};

const TYPE: &str = "aws_eks_fargate_profile";

pub(super) fn read(documents: &[Value]) -> Reading {
    let mut reading = Reading::default();
    for document in documents {
        let before = reading.profiles.len();
        of_document(document, &mut reading);
        if reading.profiles.len() == before {
            reading.lost.push(Lost::of("file", "", format!("it has no {TYPE}: give what terraform show -json prints")));
        }
    }
    reading
}

fn of_document(document: &Value, reading: &mut Reading) {
    // A plan says both what is and what is to be.
    let changes = document["resource_changes"].as_array().into_iter().flatten();
    let changes: Vec<&Value> = changes.filter(|it| it["type"] == TYPE && it["mode"] != "data").collect();
    if !changes.is_empty() {
        reading.profiles.extend(changes.into_iter().map(planned));
        return;
    }
    for values in [&document["values"], &document["prior_state"]["values"], &document["planned_values"]] {
        let resources = resources(&values["root_module"]);
        if !resources.is_empty() {
            reading.profiles.extend(resources.into_iter().map(|it| profile(&address(it), &it["values"])));
            return;
        }
    }
    for resource in document["resources"].as_array().into_iter().flatten().filter(|it| it["type"] == TYPE) {
        for instance in resource["instances"].as_array().into_iter().flatten() {
            reading.profiles.push(profile(&address_in_file(resource, instance), &instance["attributes"]));
        }
    }
}

/// Those of a module and of the modules in it.
fn resources(module: &Value) -> Vec<&Value> {
    let own =
        module["resources"].as_array().into_iter().flatten().filter(|it| it["type"] == TYPE && it["mode"] != "data");
    let children = module["child_modules"].as_array().into_iter().flatten().flat_map(resources);
    own.chain(children).collect()
}

fn address(resource: &Value) -> String {
    let text = |key: &str| resource[key].as_str().unwrap_or_default();
    if text("address").is_empty() { format!("{TYPE}.{}", text("name")) } else { text("address").to_owned() }
}

/// The state file has no addresses, but what they are made of.
fn address_in_file(resource: &Value, instance: &Value) -> String {
    let text = |key: &str| resource[key].as_str().unwrap_or_default();
    let module = if text("module").is_empty() { String::new() } else { format!("{}.", text("module")) };
    let index = instance.get("index_key").map(|key| format!("[{key}]")).unwrap_or_default();
    format!("{module}{TYPE}.{}{index}", text("name"))
}

/// What is now, if it is; else what the plan would create.
fn planned(change: &Value) -> Existing {
    let (address, change) = (address(change), &change["change"]);
    let (before, after) = (&change["before"], &change["after"]);
    if before.is_null() {
        let mut existing = profile(&address, after);
        existing.lost.push(Lost::of(&address, "", "the plan creates it, so EKS may not have it yet"));
        for key in change["after_unknown"].as_object().into_iter().flatten().filter(|(_, unknown)| **unknown == true) {
            if ["pod_execution_role_arn", "cluster_name", "subnet_ids", "fargate_profile_name"]
                .contains(&key.0.as_str())
            {
                existing.lost.push(Lost::of(&address, key.0, "the plan knows it only after it has been applied"));
            }
        }
        return existing;
    }
    let mut existing = profile(&address, before);
    for key in ["cluster_name", "pod_execution_role_arn", "subnet_ids", "selector", "tags"] {
        if !after.is_null() && before[key] != after[key] {
            existing.lost.push(Lost::of(
                &address,
                key,
                "the change that the plan has for it: this is what is there now",
            ));
        }
    }
    existing
}

fn profile(address: &str, values: &Value) -> Existing {
    let mut fields = Fields::of(address, "", values);
    fields.pass(&["id", "arn", "status", "region"]);
    // With what default_tags of the provider adds.
    let (own, mut tags) = (fields.tags("tags"), fields.tags("tags_all"));
    tags.extend(own);
    let existing = Existing {
        name: fields.text("fargate_profile_name"),
        cluster: fields.text("cluster_name"),
        role: fields.text("pod_execution_role_arn"),
        subnets: fields.texts("subnet_ids"),
        selectors: fields.selectors(&["selector"]),
        tags,
        keeper: Keeper::Terraform { address: address.to_owned() },
        ..Existing::default()
    };
    existing.ended(address.to_owned(), fields)
}
