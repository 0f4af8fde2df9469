//! Selectors of profiles.

use crate::{ApiError, Quotas, Selector};

/// The form of selectors, which EKS looks at before it looks for the cluster: at least one selector, each with a
/// namespace that is a DNS label, and label keys that are qualified names, both with wildcards. The texts for no
/// selector and no namespace are recorded (moto), those for bad ones were measured (badmintoncryer/cdk-preflight,
/// `pf-eks-fargate-selector-namespace-format` and `pf-eks-fargate-selector-label-key-format`).
pub(crate) fn check_form(selectors: &[Selector]) -> Result<(), ApiError> {
    if selectors.is_empty() {
        return refuse("Fargate Profile requires at least one selector.");
    }
    for selector in selectors {
        let namespace = selector.namespace.as_deref().unwrap_or_default();
        if namespace.is_empty() {
            return refuse("Fargate Profile must have at least one selector with at least one namespace value.");
        }
        if !is_label(namespace) {
            return refuse("The namespace provided is invalid.");
        }
        if !selector.labels.keys().all(|key| is_qualified(key)) {
            return refuse("Selector label provided is invalid.");
        }
    }
    Ok(())
}

/// As many as the quotas allow, with as many labels (EKS service quotas page, both adjustable), which comes after the
/// cluster was found (cdk-preflight, `pf-eks-fargate-selectors-max-five`); keys of 1 to 127 and values of 1 to 255
/// characters (CloudFormation schema). The text for too many labels is recorded (moto); the one for lengths is not
/// known.
pub(crate) fn check_size(selectors: &[Selector], quotas: &Quotas) -> Result<(), ApiError> {
    if selectors.len() > quotas.selectors {
        return refuse(&format!("Request contains more than {} Selectors", quotas.selectors));
    }
    for selector in selectors {
        if selector.labels.len() > quotas.labels {
            return refuse(&format!("Request contains Selector with more than {} Label pairs", quotas.labels));
        }
        for (key, value) in &selector.labels {
            let (key, value) = (key.chars().count(), value.chars().count());
            if !(1..=127).contains(&key) || !(1..=255).contains(&value) {
                return refuse("Request contains Selector with a Label of invalid length");
            }
        }
    }
    Ok(())
}

fn refuse(message: &str) -> Result<(), ApiError> {
    Err(ApiError::invalid_parameter(message))
}

fn is_wild(c: char) -> bool {
    c == '*' || c == '?'
}

/// A DNS label (RFC 1123), with wildcards.
fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || is_wild(c);
    text.len() <= 63 && text.starts_with(plain) && text.ends_with(plain) && text.chars().all(|c| plain(c) || c == '-')
}

/// A key of a Kubernetes label: a name, maybe with a DNS subdomain before it; with wildcards.
fn is_qualified(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || is_wild(c);
    let name_fits = name.len() <= 63
        && name.starts_with(plain)
        && name.ends_with(plain)
        && name.chars().all(|c| plain(c) || matches!(c, '-' | '_' | '.'));
    // The parts of a subdomain may be longer than a label; all of it together may not be longer than 253.
    let part = |text: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || is_wild(c);
        text.starts_with(plain) && text.ends_with(plain) && text.chars().all(|c| plain(c) || c == '-')
    };
    name_fits && prefix.is_none_or(|prefix| prefix.len() <= 253 && prefix.split('.').all(part))
}

#[cfg(test)]
mod tests {
    use super::{is_label, is_qualified};

    #[test]
    fn a_namespace_is_a_dns_label_that_may_have_wildcards() {
        let taken = ["web", "*", "team-*", "te?m-1"];
        assert!(taken.into_iter().all(is_label));
        let refused = ["bad_ns", "Web", "-web", "web-", "a.b", &"a".repeat(64)];
        assert!(!refused.into_iter().any(is_label));
    }

    #[test]
    fn a_label_key_is_a_qualified_name_that_may_have_wildcards() {
        let long = format!("{}.example/app", "k".repeat(120));
        let taken = ["app", "App_1.x", "example.com/app", "*/app", "example.com/*", "k?y", &long];
        assert!(taken.into_iter().all(is_qualified));
        let refused = ["", "-app", "a b", "/app", "example.com/", "a/b/c", "Example.com/app", &"k".repeat(64)];
        assert!(!refused.into_iter().any(is_qualified));
    }
}
