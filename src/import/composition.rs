//! FargateProfiles in Compositions of Crossplane: templates, of which patches make profiles (apiextensions.crossplane.io/v1, and
//! pt.fn.crossplane.io/v1beta1, the input of function-patch-and-transform).

use serde_json::{Map, Value, json};

use super::crossplane::is_group;
use super::others::contains_profile;
use super::reference::{group_of, title};
use super::unknown::{reason, unknown};
use super::{About, Lost};

/// A FargateProfile as a Composition has it.
pub(super) struct Template {
    pub(super) title: String,
    /// With what is not known wherever a patch sets the value.
    pub(super) base: Value,
    pub(super) lost: Vec<Lost>,
}

#[derive(Default)]
pub(super) struct Composed {
    pub(super) templates: Vec<Template>,
    /// What makes a FargateProfile in a way that cannot be read.
    pub(super) lost: Vec<Lost>,
}

pub(super) fn templates(documents: &[Value]) -> Composed {
    let mut composed = Composed::default();
    let is_composition = |it: &&Value| it["kind"] == "Composition" && group_of(it) == "apiextensions.crossplane.io";
    for composition in documents.iter().filter(is_composition) {
        let (title, spec) = (title(composition), &composition["spec"]);
        composed.read(&title, spec);
        for step in spec["pipeline"].as_array().into_iter().flatten() {
            let input = &step["input"];
            if input["resources"].is_array() {
                composed.read(&title, input);
            } else if input.to_string().contains("FargateProfile") {
                let field = format!("pipeline step {}", step["step"].as_str().unwrap_or_default());
                let why = "only its function knows the FargateProfile that it makes: import those that it has made, as kubectl get \
                           -o yaml shows them";
                composed.lost.push(Lost::of(&title, field, why));
            }
        }
    }
    composed
}

impl Composed {
    /// The resources of a Composition, or of a step of its pipeline.
    fn read(&mut self, composition: &str, part: &Value) {
        for (at, resource) in part["resources"].as_array().into_iter().flatten().enumerate() {
            let base = &resource["base"];
            if base["kind"] == "FargateProfile" && is_group(group_of(base)) {
                let name = resource["name"].as_str().map_or_else(|| format!("resources[{at}]"), str::to_owned);
                self.templates.push(template(format!("{composition}/{name}"), resource, part));
            } else if contains_profile(&json!([base])) {
                let field = resource["name"].as_str().map_or_else(|| format!("resources[{at}]"), str::to_owned);
                self.lost.push(Lost::of(
                    composition,
                    field,
                    "a Fargate profile is in it: import those that it has made, from EKS",
                ));
            }
        }
    }
}

fn template(title: String, resource: &Value, part: &Value) -> Template {
    let mut base = resource["base"].clone();
    // Crossplane names what it composes.
    forget(&mut base, &["metadata".to_owned(), "name".to_owned()], "Crossplane makes it");
    let why = "each composite resource makes a profile of this template: import those that exist, as kubectl get -o yaml shows them, or \
               give the name of one by --profile-name";
    let mut lost = vec![Lost::of(&title, "", why)];
    for patch in patches(&resource["patches"], &part["patchSets"]) {
        let text = |key: &str| patch[key].as_str().filter(|text| !text.is_empty());
        let kind = text("type").unwrap_or("FromCompositeFieldPath");
        let Some(field) = text("toFieldPath").or_else(|| text("fromFieldPath")) else {
            lost.push(Lost::of(&title, "patches", format!("a patch without a field: {patch}")));
            continue;
        };
        if kind.contains("ToComposite") || kind.contains("ToEnvironment") {
            lost.push(Lost::of(&title, field, format!("{kind} copies a value of the profile to it")));
            continue;
        }
        let path = segments(field);
        let from = text("fromFieldPath").unwrap_or("several fields");
        let why = format!("{kind} sets it from {from}, which the file does not tell");
        forget(&mut base, &path, &why);
        lost.push(Lost::of(&title, field, why).about(about(&path)));
    }
    Template { title, base, lost }
}

/// Patches, with those of the sets that are named among them.
fn patches<'a>(patches: &'a Value, sets: &'a Value) -> Vec<&'a Value> {
    let of_patch = |patch: &'a Value| {
        let sets = sets.as_array().into_iter().flatten();
        let named = sets.filter(|set| patch["type"] == "PatchSet" && set["name"] == patch["patchSetName"]);
        let members: Vec<&Value> = named.flat_map(|set| set["patches"].as_array().into_iter().flatten()).collect();
        if members.is_empty() { vec![patch] } else { members }
    };
    patches.as_array().into_iter().flatten().flat_map(of_patch).collect()
}

/// The parts of a path such as `spec.forProvider.selector[0].labels[example.com/tier]`.
fn segments(path: &str) -> Vec<String> {
    let (mut segments, mut segment, mut is_bracketed) = (Vec::new(), String::new(), false);
    for letter in path.chars() {
        match letter {
            '.' if !is_bracketed => segments.push(std::mem::take(&mut segment)),
            '[' | ']' => {
                is_bracketed = letter == '[';
                segments.push(std::mem::take(&mut segment));
            }
            '\'' | '"' => {}
            other => segment.push(other),
        }
    }
    segments.push(segment);
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// What stands at `spec.forProvider.FIELD` or `metadata.annotations[NAME]`.
fn about(path: &[String]) -> Option<About> {
    path.get(2).and_then(|key| About::field(key))
}

/// Puts the reason where a patch puts something, so that nothing takes what stands there, or its absence, for the value.
fn forget(value: &mut Value, path: &[String], why: &str) {
    let Some((first, rest)) = path.split_first() else {
        *value = unknown(why);
        return;
    };
    if reason(value).is_some() {
        return;
    }
    match value {
        Value::Object(map) => forget(map.entry(first.as_str()).or_insert(Value::Null), rest, why),
        Value::Array(items) => {
            let index = first.parse().unwrap_or(0);
            if index >= items.len() {
                items.push(Value::Null);
            }
            let is_meant = |at: usize| first == "*" || at == index.min(items.len() - 1);
            let meant: Vec<usize> = (0..items.len()).filter(|at| is_meant(*at)).collect();
            meant.into_iter().for_each(|at| forget(&mut items[at], rest, why));
        }
        other => {
            let is_index = first == "*" || first.parse::<usize>().is_ok();
            *other = if is_index { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
            forget(other, path, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_patch_sets_is_forgotten_wherever_it_is() {
        let base = json!({ "a": { "b": [{ "c": 1, "d": 2 }, { "c": 3 }] }, "e": "f" });
        for (path, left) in [
            ("a.b[0].c", json!({ "a": { "b": [{ "c": null, "d": 2 }, { "c": 3 }] }, "e": "f" })),
            ("a.b[*].c", json!({ "a": { "b": [{ "c": null, "d": 2 }, { "c": null }] }, "e": "f" })),
            ("a.b[7].c", json!({ "a": { "b": [{ "c": 1, "d": 2 }, { "c": 3 }, { "c": null }] }, "e": "f" })),
            ("a.b", json!({ "a": { "b": null }, "e": "f" })),
            ("a.b.*", json!({ "a": { "b": [null, null] }, "e": "f" })),
            ("e.g[x.y/z]", json!({ "a": { "b": [{ "c": 1, "d": 2 }, { "c": 3 }] }, "e": { "g": { "x.y/z": null } } })),
            ("h[0]", json!({ "a": { "b": [{ "c": 1, "d": 2 }, { "c": 3 }] }, "e": "f", "h": [null] })),
            ("h['x']", json!({ "a": { "b": [{ "c": 1, "d": 2 }, { "c": 3 }] }, "e": "f", "h": { "x": null } })),
        ] {
            let mut value = base.clone();
            forget(&mut value, &segments(path), "patched");
            let left = left.to_string().replace("null", &unknown("patched").to_string());
            assert_eq!(value.to_string(), left, "{path}");
        }
    }
}
