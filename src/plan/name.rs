//! EKS profile names: a stem and a fixed-width counter that goes down, so that every next one sorts first.

use crate::placement::sorts_before;

/// Highest counter, and the first to be used.
const TOP: u16 = 9999;

/// The name for the next profile: the highest free `<stem>-NNNN` that sorts before every owned one, or, where none does,
/// `0-<stem>-NNNN`.
pub(super) fn next(stem: &str, owned: &[&str], used: impl Fn(&str) -> bool) -> Option<String> {
    let fits = |name: &String| !used(name) && owned.iter().all(|other| sorts_before(name, other));
    let counted = |prefix: &str| (0..=TOP).rev().map(|n| format!("{prefix}{stem}-{n:04}")).find(fits);
    counted("").or_else(|| counted("0-"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_counter_that_is_used_up_goes_on_under_a_0_stem_and_then_ends() {
        assert_eq!(next("web", &["web-0000"], |_| false).unwrap(), "0-web-9999");
        assert_eq!(next("web", &["0-web-0000"], |_| false), None);
    }

    #[test]
    fn the_longest_stem_leaves_room_for_prefix_and_counter_in_a_label_value() {
        let stem = "s".repeat(56);
        assert!(next(&stem, &[&stem], |_| false).unwrap().len() <= 63);
    }
}
