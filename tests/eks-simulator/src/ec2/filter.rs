//! Ids and filters in a request: `SubnetId.1=…`, `Filter.1.Name=…`, `Filter.1.Value.1=…`.

use std::collections::BTreeMap;

use crate::{Pattern, http::call::Call};

/// A filter: it lets through what has one of the values. `*` and `?` are wildcards (EC2 User Guide, "Filter your
/// resources").
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

impl Filter {
    /// Whether one of what a thing has is one of what is wanted.
    pub(super) fn lets_through(&self, has: &[String]) -> bool {
        let wanted: Vec<Pattern> = self.values.iter().map(|value| Pattern::from(value.as_str())).collect();
        has.iter().any(|has| wanted.iter().any(|wanted| wanted.matches(Some(has))))
    }
}

/// The values of a numbered parameter.
pub(super) fn numbered<'a>(call: &'a Call, name: &str) -> Vec<&'a str> {
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    call.form_pairs()
        .filter(|(key, _)| key.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')).is_some_and(is_number))
        .map(|(_, value)| value)
        .collect()
}

/// The filters of a request.
pub(super) fn filters(call: &Call) -> Vec<Filter> {
    let mut filters: BTreeMap<&str, Filter> = BTreeMap::new();
    for (key, value) in call.form_pairs() {
        let parts: Vec<&str> = key.split('.').collect();
        match parts.as_slice() {
            ["Filter", number, "Name"] => value.clone_into(&mut filters.entry(number).or_default().name),
            ["Filter", number, "Value", _] => filters.entry(number).or_default().values.push(value.to_owned()),
            _ => {}
        }
    }
    filters.into_values().collect()
}
