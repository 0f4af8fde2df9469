//! Which pods a profile is for, in the words of the EKS API.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// One selector: a pod matches if its namespace matches and it has all the labels.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSelector {
    /// Namespace of the pods. * stands for any characters and ? for one, as in EKS.
    ///
    /// A change replaces the EKS profile.
    #[schemars(length(max = 63))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?$')")
        .message(Message::Expression("'selector namespace \"' + self + '\" can match no namespace: write lower-case letters, digits, - (neither first nor last) and the wildcards * and ?'".into())))]
    pub namespace: String,

    /// Labels that a pod must all have; * and ? are allowed in keys and values. Default: none, which matches every pod of the
    /// namespace. EKS's quota is 5 pairs per selector, which AWS can raise.
    ///
    /// A change replaces the EKS profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "labels_schema")]
    #[x_kube(
        // EKS's wildcards may stand for what is missing.
        validation = Rule::new("self.all(k, size(k) <= 317 && k.matches('^([a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?([.][a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?)*/)?[A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?$') && (k.matches('[*?]') || k.matches('^([^/]{1,253}/)?[^/]{1,63}$')))")
            .message(Message::Expression("'selector label \"' + self.filter(k, !(size(k) <= 317 && k.matches('^([a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?([.][a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?)*/)?[A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?$') && (k.matches('[*?]') || k.matches('^([^/]{1,253}/)?[^/]{1,63}$'))))[0] + '\" can match no label of a pod: write at most 63 letters, digits, -, _ and . (the first and the last a letter or digit), behind a DNS name and a / if need be, and the wildcards * and ?'".into())),
        validation = Rule::new("self.all(k, type(self[k]) != string || (self[k].matches('^([A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?)?$') && self[k].matches('^[*]*([^*][*]*){0,63}$')))")
            .message(Message::Expression("'selector label \"' + self.filter(k, !(type(self[k]) != string || (self[k].matches('^([A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?)?$') && self[k].matches('^[*]*([^*][*]*){0,63}$'))))[0] + '\" has the value \"' + self[self.filter(k, !(type(self[k]) != string || (self[k].matches('^([A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?)?$') && self[k].matches('^[*]*([^*][*]*){0,63}$'))))[0]] + '\", which no label of a pod can have: write at most 63 letters, digits, -, _ and . (the first and the last a letter or digit), and the wildcards * and ?'".into())),
        // A pruned null would leave a selector that takes the whole namespace.
        validation = Rule::new("self.all(k, type(self[k]) == string)")
            .message(Message::Expression("'labels of a selector have the key \"' + self.filter(k, type(self[k]) != string)[0] + '\" without a value: write one, \"\" for the empty one, or take the key out'".into())),
    )]
    pub labels: Option<BTreeMap<String, String>>,
}

/// A map of strings with bounds, without which the API server refuses CEL rules on it. Its values are nullable, so that
/// the API server hands a null to the rules instead of dropping the key.
pub(super) fn bounded_map(entries: u32, value: u32) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "maxProperties": entries,
        "additionalProperties": { "type": "string", "nullable": true, "maxLength": value },
    })
}

fn labels_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    bounded_map(50, 255)
}
