//! The setting --default-subnets: subnets by their ids, or how they are found.

use std::collections::BTreeSet;

use crate::ec2::Tags;
use crate::prerequisites::Search;
use crate::state::DefaultSubnets;

/// What stands between two commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SubnetTerm {
    Id(String),
    Auto,
    /// A tag, with its value or with any.
    Tag(String, Option<String>),
}

/// The longest key and value of a tag (EC2 User Guide, Tag your resources).
const LONGEST: (usize, usize) = (128, 256);

pub(super) fn term(text: &str) -> Result<SubnetTerm, String> {
    let text = text.trim();
    if text == "auto" {
        return Ok(SubnetTerm::Auto);
    }
    if let Some(tag) = text.strip_prefix("tag:") {
        let (key, value) = tag.split_once('=').map_or((tag, None), |(key, value)| (key, Some(value)));
        let fits = |text: &str, longest: usize| text.chars().count() <= longest;
        if !key.is_empty() && fits(key, LONGEST.0) && value.is_none_or(|value| fits(value, LONGEST.1)) {
            return Ok(SubnetTerm::Tag(key.to_owned(), value.map(str::to_owned)));
        }
        return Err("write tag:KEY=VALUE or tag:KEY, such as tag:kubernetes.io/role/internal-elb=1".to_owned());
    }
    if text.strip_prefix("subnet-").is_some_and(|hex| hex.len() >= 8 && hex.chars().all(|c| c.is_ascii_hexdigit())) {
        return Ok(SubnetTerm::Id(text.to_owned()));
    }
    Err("write ids such as subnet-0a1b2c3d4e5f67890, separated by commas, or auto, or tag:KEY=VALUE".to_owned())
}

/// Whether the terms go together.
pub(super) fn check(terms: &[SubnetTerm]) -> Result<(), String> {
    let refused = |why: &str| Err(format!("--default-subnets (FARGATE_OPERATOR_DEFAULT_SUBNETS) {why}"));
    let count = |is: fn(&SubnetTerm) -> bool| terms.iter().filter(|term| is(term)).count();
    let (ids, tags) = (count(|term| matches!(term, SubnetTerm::Id(_))), tags(terms));
    let of_tags = count(|term| matches!(term, SubnetTerm::Tag(..)));
    if ids != terms.len() && of_tags != terms.len() && terms != [SubnetTerm::Auto] {
        return refused("mixes ids, auto and tag: write ids alone, auto alone, or tags alone");
    }
    if tags.len() != of_tags {
        return refused("names the key of a tag twice, and no subnet has two values of it: write each key once");
    }
    Ok(())
}

/// What terms that go together mean.
pub(super) fn default(terms: Vec<SubnetTerm>) -> DefaultSubnets {
    let tags = tags(&terms);
    if terms.contains(&SubnetTerm::Auto) {
        return DefaultSubnets::Sought(Search::Auto);
    }
    if !tags.is_empty() {
        return DefaultSubnets::Sought(Search::Tagged(tags));
    }
    let id = |term| if let SubnetTerm::Id(id) = term { Some(id) } else { None };
    let ids: BTreeSet<String> = terms.into_iter().filter_map(id).collect();
    if ids.is_empty() { DefaultSubnets::OfEks } else { DefaultSubnets::Named(ids) }
}

fn tags(terms: &[SubnetTerm]) -> Tags {
    let tag = |term: &SubnetTerm| {
        if let SubnetTerm::Tag(key, value) = term { Some((key.clone(), value.clone())) } else { None }
    };
    terms.iter().filter_map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(text: &str) -> DefaultSubnets {
        let terms: Vec<SubnetTerm> =
            text.split(',').filter(|term| !term.is_empty()).map(|text| term(text).unwrap()).collect();
        check(&terms).unwrap();
        default(terms)
    }

    #[test]
    fn ids_are_named_and_everything_else_is_to_be_looked_for() {
        let tag = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        let tags =
            |tags: &[(String, Option<String>)]| DefaultSubnets::Sought(Search::Tagged(tags.iter().cloned().collect()));
        assert_eq!(meant(""), DefaultSubnets::OfEks);
        let ids = ["subnet-00000001", "subnet-00000002"].map(str::to_owned);
        assert_eq!(meant("subnet-00000002, subnet-00000001"), DefaultSubnets::Named(ids.into()));
        assert_eq!(meant("auto"), DefaultSubnets::Sought(Search::Auto));
        let role = "kubernetes.io/role/internal-elb";
        assert_eq!(meant("tag:kubernetes.io/role/internal-elb=1"), tags(&[tag(role, Some("1"))]));
        assert_eq!(meant("tag:a,tag:b=,tag:c=d=e"), tags(&[tag("a", None), tag("b", Some("")), tag("c", Some("d=e"))]));
    }
}
