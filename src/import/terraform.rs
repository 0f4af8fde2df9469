//! `terraform show -json` of a state or a plan (Terraform's JSON output format), and the state file itself. OpenTofu's are alike.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::fields::Fields;
use super::health::unready;
use super::others::contains_profile;
use super::unknown::unknown;
use super::{Existing, Keeper, Lost, Reading};

const TYPE: &str = "aws_eks_fargate_profile";
/// The same of the provider that is made out of CloudFormation.
const TYPE_OF_CLOUD_CONTROL: &str = "awscc_eks_fargate_profile";
/// What a profile has besides what is asked for.
const MADE_BY_AWS: [&str; 4] = ["arn", "id", "region", "status"];
const ASKED_FOR: [&str; 7] =
    ["fargate_profile_name", "cluster_name", "pod_execution_role_arn", "subnet_ids", "selector", "tags", "tags_all"];

pub(super) fn read(documents: &[Value]) -> Reading {
    let mut reading = Reading::default();
    for document in documents {
        let before = reading.profiles.len();
        of_document(document, &mut reading);
        if reading.profiles.len() == before {
            let parts = ["values", "prior_state", "planned_values", "resource_changes", "resources", "format_version"];
            let is_known = parts.iter().any(|part| document.get(part).is_some());
            let why =
                if is_known { format!("it has no {TYPE}") } else { "it is neither a state nor a plan".to_owned() };
            reading.lost.push(Lost::of("file", "", why + ": give what terraform show -json prints"));
        }
    }
    reading
}

fn of_document(document: &Value, reading: &mut Reading) {
    let roots = [&document["values"], &document["prior_state"]["values"], &document["planned_values"]];
    let of_values: Vec<&Value> = roots.into_iter().flat_map(|values| resources(&values["root_module"])).collect();
    let (changes, of_file) = (items(&document["resource_changes"]), items(&document["resources"]));
    let before = reading.profiles.len();

    // A plan has the state before and after. With -target, the changes have only the targeted resources.
    reading.profiles.extend(changes.clone().filter(|it| is_profile(it)).map(planned));
    for deferred in items(&document["deferred_changes"]).map(|it| &it["resource_change"]).filter(|it| is_profile(it)) {
        let mut existing = planned(deferred);
        existing.lost.push(Lost::of(&existing.object, "", "the plan defers its change to a later one"));
        reading.profiles.push(existing);
    }
    for resource in of_values.iter().filter(|it| is_profile(it)) {
        let instance = Instance::of(resource);
        if !reading.profiles.iter().any(|it| it.object == instance.title()) {
            reading.profiles.push(instance.profile(&resource["values"]));
        }
    }
    for resource in of_file.clone().filter(|it| is_profile(it)) {
        for instance in items(&resource["instances"]) {
            reading.profiles.push(Instance::of_file(resource, instance).profile(&instance["attributes"]));
        }
    }
    let parts = role_parts(&of_values, of_file.clone());
    for existing in &mut reading.profiles[before..] {
        existing.keep_role(&parts);
    }
    for resource in changes.clone().chain(of_values.iter().copied()).chain(of_file.clone()).filter(|it| !is_profile(it))
    {
        let attributes = items(&resource["instances"]).map(|it| &it["attributes"]);
        if [&resource["values"], &resource["change"]["after"]].into_iter().chain(attributes).any(contains_profile) {
            let why = "it makes Fargate profiles, and is not read: import them with --from eks or --from describe";
            reading.lost.push(Lost::of(&address(resource), "", why));
        }
    }
    for resource in changes.chain(of_values).chain(of_file).filter(|it| it["type"] == TYPE_OF_CLOUD_CONTROL) {
        let why =
            format!("a {TYPE_OF_CLOUD_CONTROL} is not read: import the profile with --from eks or --from describe");
        reading.lost.push(Lost::of(&address(resource), "", why));
    }
}

/// A role of IAM, or a policy of one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RolePart {
    address: String,
    /// The role's ARN, or of a policy the role's name.
    role: String,
    kind: String,
}

fn role_parts<'a>(of_values: &[&'a Value], of_file: impl Iterator<Item = &'a Value>) -> Vec<RolePart> {
    let part = |resource: &Value, address: String, values: &Value| {
        let kind = resource["type"].as_str().filter(|_| resource["mode"] != "data")?;
        let field = match kind {
            "aws_iam_role" => "arn",
            "aws_iam_role_policy_attachment" | "aws_iam_role_policy" => "role",
            _ => return None,
        };
        Some(RolePart { address, role: values[field].as_str()?.to_owned(), kind: kind.to_owned() })
    };
    let of_values = of_values.iter().filter_map(|it| part(it, address(it), &it["values"]));
    let of_file = of_file.flat_map(|it| {
        let instances = items(&it["instances"]);
        instances.filter_map(|one| part(it, Instance::of_file(it, one).address, &one["attributes"])).collect::<Vec<_>>()
    });
    of_values.chain(of_file).collect()
}

impl Existing {
    /// Has the role kept, if it is of the same module.
    fn keep_role(&mut self, parts: &[RolePart]) {
        let (Keeper::Terraform { address, beside }, Some(arn)) = (&mut self.keeper, &self.role) else { return };
        let module =
            |address: &str, kind: &str| address.rsplit_once(&format!(".{kind}.")).map(|(module, _)| module.to_owned());
        let Some(own) = module(address, TYPE) else { return };
        let is_beside = |part: &&RolePart| module(&part.address, &part.kind).as_ref() == Some(&own);
        let is_of_role = |part: &&RolePart| part.role == *arn || arn.ends_with(&format!("/{}", part.role));
        // A plan has the state before and after.
        let found: BTreeSet<&RolePart> = parts.iter().filter(is_beside).filter(is_of_role).collect();
        // A policy alone may stay: its role is not deleted with the module.
        if found.iter().any(|part| part.role == *arn) {
            *beside = found.iter().map(|part| part.address.clone()).collect();
        }
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> + Clone {
    value.as_array().into_iter().flatten()
}

/// The resources of a module and of its child modules.
fn resources(module: &Value) -> Vec<&Value> {
    items(&module["resources"]).chain(items(&module["child_modules"]).flat_map(resources)).collect()
}

fn is_profile(resource: &Value) -> bool {
    resource["type"] == TYPE && resource["mode"] != "data"
}

/// The state file has no addresses, but what they are made of.
fn address(resource: &Value) -> String {
    let text = |key: &str| resource[key].as_str().unwrap_or_default();
    match (text("address"), text("module")) {
        ("", "") => format!("{}.{}", text("type"), text("name")),
        ("", module) => format!("{module}.{}.{}", text("type"), text("name")),
        (address, _) => address.to_owned(),
    }
}

/// One object that Terraform has.
struct Instance {
    address: String,
    /// The key by which Terraform remembers what another one has replaced.
    deposed: Option<String>,
    is_tainted: bool,
}

impl Instance {
    /// Of a state as it is shown, or of a plan.
    fn of(resource: &Value) -> Self {
        let deposed = resource["deposed_key"].as_str().or_else(|| resource["deposed"].as_str());
        let is_tainted = resource["tainted"] == true || resource["action_reason"] == "replace_because_tainted";
        Self { address: address(resource), deposed: deposed.map(str::to_owned), is_tainted }
    }

    fn of_file(resource: &Value, instance: &Value) -> Self {
        let index = instance.get("index_key").map(|key| format!("[{key}]")).unwrap_or_default();
        Self {
            address: address(resource) + &index,
            deposed: instance["deposed"].as_str().map(str::to_owned),
            is_tainted: instance["status"] == "tainted",
        }
    }

    fn title(&self) -> String {
        match &self.deposed {
            Some(key) => format!("{} (deposed {key})", self.address),
            None => self.address.clone(),
        }
    }

    fn profile(&self, values: &Value) -> Existing {
        let title = self.title();
        let mut fields = Fields::of(&title, "", values);
        fields.pass(&MADE_BY_AWS);
        // With what default_tags of the provider adds.
        let (own, mut tags) = (fields.tags("tags"), fields.tags("tags_all"));
        tags.extend(own);
        let mut existing = Existing {
            name: fields.text("fargate_profile_name"),
            cluster: fields.text("cluster_name"),
            role: fields.text("pod_execution_role_arn"),
            subnets: fields.texts("subnet_ids"),
            selectors: fields.selectors(&["selector"]),
            tags,
            keeper: Keeper::Terraform { address: self.address.clone(), beside: Vec::new() },
            unwritable: self.doomed(values["status"].as_str()),
            ..Existing::default()
        };
        if self.is_tainted {
            existing.lost.push(Lost::of(&title, "", "it is tainted: Terraform replaces it at its next apply"));
        }
        existing.ended(title, fields)
    }

    /// Why the profile is not to be taken over, if so.
    fn doomed(&self, status: Option<&str>) -> Option<String> {
        if self.deposed.is_some() {
            return Some(
                "it is deposed: another one has replaced it, and Terraform deletes it at its next apply".to_owned(),
            );
        }
        // Terraform taints what has not become ready.
        let tainted = self.is_tainted.then_some("tainted").filter(|_| status.is_none());
        unready(status.or(tainted))
    }
}

/// The profile as it is, or as the plan would create it if it does not exist.
fn planned(resource: &Value) -> Existing {
    let (instance, change) = (Instance::of(resource), &resource["change"]);
    let (before, after) = (&change["before"], &change["after"]);
    let title = instance.title();
    if before.is_null() {
        let mut existing = instance.profile(&with_unknown(after, &change["after_unknown"]));
        existing.lost.push(Lost::of(&title, "", "the plan creates it, so EKS may not have it yet"));
        return existing;
    }
    let mut existing = instance.profile(before);
    if let Some(from) = resource["previous_address"].as_str() {
        let why = format!("the plan moves it here from {from}: until that is applied, Terraform has it there");
        existing.lost.push(Lost::of(&title, "", why));
    }
    let is_action = |name: &str| change["actions"].as_array().is_some_and(|all| all.iter().any(|it| it == name));
    let fate = match after {
        Value::Null => Some("the plan deletes it, or lets go of it: do not apply that plan before it is taken over"),
        _ if is_action("delete") => Some("the plan replaces it: do not apply that plan before it is taken over"),
        _ => None,
    };
    existing.lost.extend(fate.map(|why| Lost::of(&title, "", why)));
    for key in ASKED_FOR.into_iter().filter(|key| !after.is_null() && before[*key] != after[*key]) {
        let why = "the change that the plan has for it: this is what is there now";
        existing.lost.push(Lost::of(&title, key, why));
    }
    existing
}

/// With the reason in place of what the plan does not know yet: it leaves that out, down to a single label.
fn with_unknown(after: &Value, unknowns: &Value) -> Value {
    match (after, unknowns) {
        (_, Value::Bool(true)) => unknown("the plan knows it only after it has been applied"),
        (Value::Object(map), Value::Object(others)) => {
            let keys: BTreeSet<&String> = map.keys().chain(others.keys()).collect();
            keys.into_iter().map(|key| (key.clone(), with_unknown(&after[key], &unknowns[key]))).collect()
        }
        (Value::Array(items), Value::Array(others)) => {
            (0..items.len().max(others.len())).map(|at| with_unknown(&after[at], &unknowns[at])).collect()
        }
        (Value::Null, Value::Object(others)) if !others.is_empty() => {
            with_unknown(&Value::Object(Map::new()), unknowns)
        }
        (Value::Null, Value::Array(others)) if !others.is_empty() => with_unknown(&Value::Array(Vec::new()), unknowns),
        _ => after.clone(),
    }
}
