//! `terraform show -json` of a state or a plan (Terraform's JSON output format), and the state file itself. OpenTofu's are alike.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::fields::Fields;
use super::{About, Existing, Keeper, Lost, Reading};

const TYPE: &str = "aws_eks_fargate_profile";
/// Attributes that AWS sets.
const MADE_BY_AWS: [&str; 4] = ["arn", "id", "region", "status"];

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
    // A plan has the state before and after. With -target, the changes have only the targeted resources.
    let changes = document["resource_changes"].as_array().into_iter().flatten();
    reading.profiles.extend(changes.filter(|it| is_profile(it)).map(planned));
    for values in [&document["values"], &document["prior_state"]["values"], &document["planned_values"]] {
        for resource in resources(&values["root_module"]) {
            let address = address(resource);
            if !reading.profiles.iter().any(|it| it.object == address) {
                reading.profiles.push(profile(&address, &resource["values"]));
            }
        }
    }
    for resource in document["resources"].as_array().into_iter().flatten().filter(|it| it["type"] == TYPE) {
        for instance in resource["instances"].as_array().into_iter().flatten() {
            reading.profiles.push(profile(&address_in_file(resource, instance), &instance["attributes"]));
        }
    }
}

/// The profiles of a module and of its child modules.
fn resources(module: &Value) -> Vec<&Value> {
    let own = module["resources"].as_array().into_iter().flatten().filter(|it| is_profile(it));
    let children = module["child_modules"].as_array().into_iter().flatten().flat_map(resources);
    own.chain(children).collect()
}

fn is_profile(resource: &Value) -> bool {
    resource["type"] == TYPE && resource["mode"] != "data"
}

fn address(resource: &Value) -> String {
    let text = |key: &str| resource[key].as_str().unwrap_or_default();
    if text("address").is_empty() { format!("{TYPE}.{}", text("name")) } else { text("address").to_owned() }
}

/// The state file has no addresses, only their parts.
fn address_in_file(resource: &Value, instance: &Value) -> String {
    let text = |key: &str| resource[key].as_str().unwrap_or_default();
    let module = if text("module").is_empty() { String::new() } else { format!("{}.", text("module")) };
    let index = instance.get("index_key").map(|key| format!("[{key}]")).unwrap_or_default();
    format!("{module}{TYPE}.{}{index}", text("name"))
}

/// The profile as it is, or as the plan would create it if it does not exist.
fn planned(change: &Value) -> Existing {
    let (address, change) = (address(change), &change["change"]);
    let (before, after) = (&change["before"], &change["after"]);
    if before.is_null() {
        let unknown = &change["after_unknown"];
        let mut existing = profile(&address, &without_unknown(after, unknown));
        existing.lost.push(Lost::of(&address, "", "the plan creates it, so EKS may not have it yet"));
        let unknown = unknown.as_object().into_iter().flatten().filter(|(_, unknown)| **unknown == true);
        for (key, _) in unknown.filter(|(key, _)| !MADE_BY_AWS.contains(&key.as_str())) {
            let why = "the plan knows it only after it has been applied";
            existing.lost.push(Lost::of(&address, key, why).about(About::field(key)));
        }
        return existing;
    }
    let mut existing = profile(&address, before);
    if after.is_null() {
        existing.lost.push(Lost::of(
            &address,
            "",
            "the plan deletes it, or lets go of it: do not apply that plan before it is taken over",
        ));
    }
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

/// With null for what the plan does not know yet: it leaves that out, down to a single label.
fn without_unknown(after: &Value, unknown: &Value) -> Value {
    match (after, unknown) {
        (_, Value::Bool(true)) => Value::Null,
        (Value::Object(after), Value::Object(unknown)) => {
            let keys: BTreeSet<&String> = after.keys().chain(unknown.keys()).collect();
            let of = |key: &String| {
                let found = [after, unknown].map(|map| map.get(key).cloned().unwrap_or_default());
                without_unknown(&found[0], &found[1])
            };
            keys.into_iter().map(|key| (key.clone(), of(key))).collect()
        }
        (Value::Array(after), Value::Array(unknown)) => {
            let of = |at: usize| {
                let found = [after, unknown].map(|items| items.get(at).cloned().unwrap_or_default());
                without_unknown(&found[0], &found[1])
            };
            (0..after.len().max(unknown.len())).map(of).collect()
        }
        (Value::Null, Value::Object(unknown)) if !unknown.is_empty() => {
            without_unknown(&Value::Object(Map::new()), &Value::Object(unknown.clone()))
        }
        _ => after.clone(),
    }
}

fn profile(address: &str, values: &Value) -> Existing {
    let mut fields = Fields::of(address, "", values);
    fields.pass(&MADE_BY_AWS);
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
