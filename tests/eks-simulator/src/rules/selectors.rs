//! Selectors of profiles.

use crate::{ApiError, Quotas, Selector};

/// At least one selector, each with a namespace; as many as the quotas allow, with as many labels (EKS service quotas
/// page, both adjustable); keys of 1 to 127 and values of 1 to 255 characters (CloudFormation schema). The texts for
/// no selector, no namespace and too many labels are recorded (moto); those for too many selectors and for lengths are not known.
pub(crate) fn check(selectors: &[Selector], quotas: &Quotas) -> Result<(), ApiError> {
    let refuse = |message: &str| Err(ApiError::invalid_parameter(message));
    if selectors.is_empty() {
        return refuse("Fargate Profile requires at least one selector.");
    }
    if selectors.len() > quotas.selectors {
        return refuse(&format!("Request contains more than {} Selectors", quotas.selectors));
    }
    for selector in selectors {
        if selector.namespace.as_deref().unwrap_or_default().is_empty() {
            return refuse("Fargate Profile must have at least one selector with at least one namespace value.");
        }
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
