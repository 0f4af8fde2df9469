//! Tags.

use std::collections::BTreeMap;

use crate::ApiError;

type Tags = BTreeMap<String, String>;

/// 50 tags at most, keys of 1 to 128 characters, values of up to 256 (model), no key beginning with `aws:`
/// (AWS General Reference, tag naming). Wordings are not known.
fn problem(all: &Tags) -> Option<String> {
    if all.len() > 50 {
        return Some("A resource can have at most 50 tags".to_owned());
    }
    for (key, value) in all {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return Some(format!("The length of tag {key} is not valid"));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Some(format!("Tag key {key} begins with aws:, which is reserved for system use"));
        }
    }
    None
}

/// Of a CreateFargateProfile.
pub(crate) fn check_new(tags: &Tags) -> Result<(), ApiError> {
    problem(tags).map_or(Ok(()), |text| Err(ApiError::invalid_parameter(text)))
}

/// Of a TagResource, together with those that are there.
pub(crate) fn check_added(there: &Tags, added: &Tags) -> Result<(), ApiError> {
    let bad = |text: String| Err(ApiError::new(400, "BadRequestException", text));
    if added.is_empty() {
        return bad("tags must not be empty".to_owned());
    }
    if let Some(text) = problem(added) {
        return bad(text);
    }
    let mut all = there.clone();
    all.extend(added.clone());
    if all.len() > 50 {
        return bad("A resource can have at most 50 tags".to_owned());
    }
    Ok(())
}
