//! EKS profile names: a stem and a fixed-width counter that goes down, so that every next one sorts first.
//!
//! Where several profiles match a pod, EKS takes the one whose name comes first in "alphanumeric order" (EKS user guide,
//! Fargate profile). Which collation that is, is documented nowhere: names are compared under three, and all must agree.

use std::cmp::Ordering;

/// Highest counter, and the first to be used.
const TOP: u16 = 9999;

/// Whether `a` sorts before `b` under ASCII, case-insensitive and natural order.
pub(super) fn sorts_before(a: &str, b: &str) -> bool {
    let (lower_a, lower_b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    a < b && lower_a < lower_b && natural(&lower_a, &lower_b) == Ordering::Less
}

/// The name for the next profile: the highest free `<stem>-NNNN` that sorts before every owned one, or, where none does,
/// `0-<stem>-NNNN`.
pub(super) fn next(stem: &str, owned: &[&str], used: impl Fn(&str) -> bool) -> Option<String> {
    let fits = |name: &String| !used(name) && owned.iter().all(|other| sorts_before(name, other));
    let counted = |prefix: &str| (0..=TOP).rev().map(|n| format!("{prefix}{stem}-{n:04}")).find(fits);
    counted("").or_else(|| counted("0-"))
}

/// Natural order: runs of digits compare as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (number_a, rest_a) = digits(a);
                let (number_b, rest_b) = digits(b);
                let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
                if order != Ordering::Equal {
                    return order;
                }
                (a, b) = (rest_a, rest_b);
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            (Some(x), Some(y)) => return x.cmp(y),
        }
    }
}

/// The leading number without leading zeros, and what follows it.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let zeros = number.iter().take_while(|byte| **byte == b'0').count();
    (&number[zeros..], rest)
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

    #[test]
    fn collations_that_disagree_count_as_not_before() {
        assert!(!sorts_before("Web-1", "app-1"), "ASCII says yes, case-insensitive no");
        assert!(!sorts_before("web-10", "web-9"), "ASCII says yes, natural no");
        assert!(!sorts_before("A-9", "a-10"), "ASCII and natural say yes, case-insensitive no");
        assert!(sorts_before("app", "web"));
    }
}
