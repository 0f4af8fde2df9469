//! EKS profile names: a stem and a fixed-width counter that goes down, so each next name sorts first.

use sha2::{Digest, Sha256};

use crate::placement::sorts_before;

/// It sorts before every letter and every other digit.
const PREFIX: &str = "0-";

/// The highest counter, which is used first.
const TOP: u16 = 9999;

/// EKS puts the name into a pod label, whose value has at most 63 characters.
const LONGEST: usize = 63;

/// The longest stem: `0-` and the counter still fit.
const LONGEST_STEM: usize = 56;

/// The stem of the names that follow this one. A longer name is that of a profile to be adopted, such as CDK makes them
/// (aws/aws-cdk#8706): its stem is as much of it as leaves room for a hash, by which it differs from the stems of others.
pub(crate) fn stem(name: &str) -> String {
    if name.len() <= LONGEST_STEM {
        return name.to_owned();
    }
    let hash: String = Sha256::digest(name).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let start: String = name.chars().take(LONGEST_STEM - hash.len() - 1).collect();
    format!("{}-{hash}", start.trim_end_matches(['-', '_']))
}

/// The name of the next profile: the highest free `<stem>-NNNN` that sorts before all of `others`. If there is none,
/// `0-<stem>-NNNN`, `0-0-<stem>-NNNN` and so on, up to the length of a label value.
pub(crate) fn next(stem: &str, others: &[&str], used: impl Fn(&str) -> bool) -> Option<String> {
    let is_first = |name: &str| others.iter().all(|other| sorts_before(name, other));
    let most = LONGEST.saturating_sub(stem.len() + "-NNNN".len()) / PREFIX.len();
    (0..=most).find_map(|prefixes| {
        let name = |n: u16| format!("{}{stem}-{n:04}", PREFIX.repeat(prefixes));
        // If the lowest counter does not sort before the others, no counter does.
        let may = is_first(&name(0));
        (0..=TOP).rev().take_while(|_| may).map(name).find(|name| is_first(name) && !used(name))
    })
}

/// Whether an object that is given the name `own` may have created, or is to adopt, a profile of this name.
pub(crate) fn is_of(own: &str, name: &str) -> bool {
    own == name || has_stem(&stem(own), name)
}

fn has_stem(stem: &str, name: &str) -> bool {
    let is_counter = |rest: &str| {
        rest.strip_prefix('-').is_some_and(|counter| counter.len() == 4 && counter.bytes().all(|c| c.is_ascii_digit()))
    };
    let mut rest = Some(name);
    while let Some(name) = rest {
        if name.strip_prefix(stem).is_some_and(|counter| counter.is_empty() || is_counter(counter)) {
            return true;
        }
        rest = name.strip_prefix(PREFIX);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_is_made_is_recognised_and_no_other() {
        for stem in ["web", "0-web", "web-9999"] {
            let names =
                ["", "x"].map(|other| next(stem, &[other][..usize::from(!other.is_empty())], |_| false).unwrap());
            assert!(names.iter().all(|name| is_of(stem, name)) && is_of(stem, stem), "{names:?}");
        }
        for name in ["0-web-9999", "0-0-web-0001"] {
            assert!(is_of("web", name), "{name}");
        }
        for name in ["web-prod", "web-99999", "web-v2-9999", "0web-9999", "web-999", "we-9999", "1-web-9999", ""] {
            assert!(!is_of("web", name), "{name}");
        }
    }

    #[test]
    fn of_a_name_that_is_too_long_a_stem_is_left_that_sorts_before_it_and_is_its_own() {
        let cdk = "ClusterfargateprofileappsE12AB3-0123456789abcdef0123456789abcdef";
        let twin = cdk.replace("abcdef0123456789abcdef", "abcdef0123456789abcdee");
        for long in [cdk.to_owned(), twin, "p".repeat(57), "p-".repeat(49) + "pp", "7".repeat(100)] {
            let stem = stem(&long);
            assert!(stem.len() <= 56 && is_of(&long, &long), "{stem}");
            let next = next(&stem, &[&long], |_| false).unwrap();
            assert!(sorts_before(&next, &long) && next.len() <= 63 && is_of(&long, &next), "{next}");
        }
        assert_ne!(stem(cdk), stem(&cdk.to_lowercase()));
        assert_eq!(stem(cdk), "ClusterfargateprofileappsE12AB3-0123456789abcde-e662df6c");
        assert_eq!(stem("web"), "web");
        assert!(!is_of(cdk, &cdk[..56]));
    }

    #[test]
    fn the_first_name_has_the_highest_counter_and_each_next_one_sorts_before_it() {
        let first = next("checkout", &[], |_| false).unwrap();
        assert_eq!(first, "checkout-9999");
        let second = next("checkout", &[&first], |_| false).unwrap();
        assert_eq!(second, "checkout-9998");
        assert!(sorts_before(&second, &first) && !sorts_before(&first, &second));
    }

    #[test]
    fn names_in_somebody_elses_use_are_skipped() {
        assert_eq!(next("web", &["web-9999"], |name| name == "web-9998").unwrap(), "web-9997");
    }

    #[test]
    fn a_bare_name_is_preceded_by_a_0_stem() {
        assert_eq!(next("checkout", &["checkout"], |_| false).unwrap(), "0-checkout-9999");
        assert_eq!(next("checkout", &["0-checkout-9999", "checkout"], |_| false).unwrap(), "0-checkout-9998");
    }

    #[test]
    fn a_counter_that_is_used_up_goes_on_under_a_0_stem_as_far_as_names_are_long() {
        assert_eq!(next("web", &["web-0000"], |_| false).unwrap(), "0-web-9999");
        assert_eq!(next("web", &["0-web-0000"], |_| false).unwrap(), "0-0-web-9999");
        let stem = "s".repeat(56);
        assert_eq!(next(&stem, &[&format!("0-{stem}-0000")], |_| false), None);
    }

    #[test]
    fn names_that_go_to_and_fro_between_two_objects_get_longer_and_end() {
        let (mut before, mut names) = ("web-9999".to_owned(), Vec::new());
        for stem in ["web-v2", "web"].iter().cycle() {
            let Some(name) = next(stem, &[&before], |_| false) else { break };
            assert!(sorts_before(&name, &before) && name.len() <= 63, "{name} before {before}");
            before.clone_from(&name);
            names.push(name);
        }
        assert_eq!(names[..4], ["0-web-v2-9999", "0-web-9999", "0-0-web-v2-9999", "0-0-web-9999"]);
        assert_eq!(names.len(), 52);
    }

    #[test]
    fn the_longest_stem_leaves_room_for_prefix_and_counter_in_a_label_value() {
        let stem = "s".repeat(56);
        assert!(next(&stem, &[&stem], |_| false).unwrap().len() <= 63);
    }
}
