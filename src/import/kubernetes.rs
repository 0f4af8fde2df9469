//! What the sources have in common that are objects of Kubernetes.

use serde_json::Value;

use super::fields::Fields;
use super::{Existing, Lost, health, makers, unknown};

impl Existing {
    /// With what its fields have left over, and what its metadata and its status say.
    pub(super) fn ended_in_kubernetes(self, object: &Value, title: String, fields: Fields<'_>) -> Self {
        let mut metadata = Fields::of(&title, "metadata", &object["metadata"]);
        let own = ["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"];
        metadata.pass(&own);
        metadata.pass(&["finalizers", "selfLink", "generateName", "deletionGracePeriodSeconds"]);
        let is_leaving = metadata.take("deletionTimestamp").is_some();
        let makers = makers::of(object);
        if metadata.take("ownerReferences").is_some() {
            metadata.lose("ownerReferences", "they are of the object itself");
        }
        // What kubectl and Crossplane note down for themselves.
        let is_note = |name: &&str| name.starts_with("kubectl.kubernetes.io/") || name.starts_with("crossplane.io/");
        for key in ["labels", "annotations"] {
            if let Some(why) = unknown::reason(&object["metadata"][key]) {
                metadata.lose(key, why);
                continue;
            }
            let all = metadata.take(key).and_then(Value::as_object).into_iter().flatten();
            let names: Vec<&str> = all.map(|(name, _)| name.as_str()).filter(|name| !is_note(name)).collect();
            if !names.is_empty() {
                metadata.lose(key, format!("they are of the object itself ({})", names.join(", ")));
            }
        }
        let (lost, _) = metadata.rest();
        let mut existing = self.ended(title, fields);
        existing.lost.extend(lost);
        existing.makers.extend(makers);
        let told = |(field, why)| Lost::of(&existing.object, field, why);
        let complaints: Vec<Lost> = health::complaints(&object["status"]).into_iter().map(told).collect();
        existing.lost.extend(complaints);
        if is_leaving {
            let why =
                "its object is being deleted, and may take the profile with it: import it when one of the two is left";
            existing.unwritable.get_or_insert(why.to_owned());
        }
        existing
    }
}
