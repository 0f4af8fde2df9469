//! What all Describe operations have in common: ids, filters, pages.

use std::collections::BTreeMap;

use super::filter::{Filter, filters, numbered};
use crate::{
    ApiError,
    eks::page::{read, write},
    http::call::Call,
    xml::{list, maybe},
};

/// A kind of thing that is described.
pub(super) struct Kind {
    /// The element around all of them.
    pub(super) set: &'static str,
    /// The parameter with their ids, numbered.
    pub(super) id: &'static str,
    /// The filters that are understood, of all that EC2 has.
    pub(super) filters: &'static [&'static str],
    /// The code for ids that do not exist.
    pub(super) not_found: &'static str,
    /// The same in words, for one and for several.
    pub(super) wording: [fn(&str) -> String; 2],
    /// The most that fits a page (EC2 API Reference).
    pub(super) page: usize,
}

/// One of them.
pub(super) struct Item {
    /// What it has under the names of filters.
    pub(super) has: BTreeMap<&'static str, Vec<String>>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) xml: String,
}

impl Item {
    /// What it has under the name of a filter. `tag:KEY` is about the value of a tag, `tag-key` about the keys of all.
    fn under(&self, name: &str) -> Vec<String> {
        match name.strip_prefix("tag:") {
            Some(key) => self.tags.get(key).cloned().into_iter().collect(),
            None if name == "tag-key" => self.tags.keys().cloned().collect(),
            None => self.has.get(name).cloned().unwrap_or_default(),
        }
    }
}

/// All of a kind by their ids.
pub(super) type Items = BTreeMap<String, Item>;

/// Picks what the call asks for.
pub(super) fn answer(kind: &Kind, mut items: Items, call: &Call) -> Result<String, ApiError> {
    let ids = numbered(call, kind.id);
    let missing: Vec<&str> = ids.iter().copied().filter(|id| !items.contains_key(*id)).collect();
    if let [one] = missing.as_slice() {
        return Err(ApiError::new(400, kind.not_found, kind.wording[0](one)));
    }
    if !missing.is_empty() {
        return Err(ApiError::new(400, kind.not_found, kind.wording[1](&missing.join(", "))));
    }
    let filters = filters(call);
    for filter in &filters {
        let is_of_tags = filter.name == "tag-key" || filter.name.starts_with("tag:");
        if !is_of_tags && !kind.filters.contains(&filter.name.as_str()) {
            return Err(ApiError::new(
                400,
                "InvalidParameterValue",
                format!("The filter '{}' is invalid", filter.name),
            ));
        }
    }
    let passes = |item: &Item, filter: &Filter| filter.lets_through(&item.under(&filter.name));
    items.retain(|id, item| {
        (ids.is_empty() || ids.contains(&id.as_str())) && filters.iter().all(|filter| passes(item, filter))
    });
    page(kind, items, call, !ids.is_empty())
}

fn page(kind: &Kind, mut items: Items, call: &Call, has_ids: bool) -> Result<String, ApiError> {
    let wrong = |code: &str, message: String| Err(ApiError::new(400, code, message));
    let size = match call.form("MaxResults") {
        None => kind.page,
        Some(_) if has_ids => {
            let message = "The parameter MaxResults cannot be used with the parameter ".to_owned() + kind.id;
            return wrong("InvalidParameterCombination", message);
        }
        Some(text) => match text.parse::<usize>() {
            Ok(size) if size >= 5 => size.min(kind.page),
            _ => {
                let message =
                    format!("Value ( {text} ) for parameter maxResults is invalid. Expecting a value greater than 5.");
                return wrong("InvalidParameterValue", message);
            }
        },
    };
    if let Some(token) = call.form("NextToken") {
        let Some(last) = read(token) else {
            return wrong("InvalidNextToken", "The specified NextToken is not valid.".to_owned());
        };
        items.retain(|id, _| *id > last);
    }
    let more = items.len() > size;
    let last = items.keys().nth(size.saturating_sub(1)).filter(|_| more).map(|last| write(last));
    let shown = items.into_values().take(size).map(|item| item.xml);
    Ok(list(kind.set, "item", shown) + &maybe("nextToken", last))
}
