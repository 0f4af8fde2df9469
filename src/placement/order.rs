//! The order of profile names.
//!
//! If several profiles match a pod, EKS takes the one whose name comes first in "alphanumeric order" (EKS user guide,
//! Fargate profile). The collation is not documented, so names are compared under three, and all must agree.

use std::cmp::Ordering;

/// Whether `a` sorts before `b` under ASCII, case-insensitive and natural order.
pub(crate) fn sorts_before(a: &str, b: &str) -> bool {
    let (lower_a, lower_b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    a < b && lower_a < lower_b && natural(&lower_a, &lower_b) == Ordering::Less
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
    fn collations_that_disagree_count_as_not_before() {
        assert!(!sorts_before("Web-1", "app-1"), "ASCII says yes, case-insensitive no");
        assert!(!sorts_before("web-10", "web-9"), "ASCII says yes, natural no");
        assert!(!sorts_before("A-9", "a-10"), "ASCII and natural say yes, case-insensitive no");
        assert!(sorts_before("app", "web"));
    }
}
