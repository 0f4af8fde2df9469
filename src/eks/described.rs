//! Profiles with all that EKS says of them. EKS lists their names alone, and describes them one by one.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::{Eks, Profile};
use crate::failure::{Class, Failure};

/// So many profiles are described at a time. All tools of an account share its calls, and how many it has AWS does not document.
const AT_ONCE: usize = 4;

/// What came of describing profiles.
#[derive(Debug, Default)]
pub struct Described {
    pub profiles: Vec<Profile>,
    /// By name, why a profile could not be described.
    pub undescribed: BTreeMap<String, Failure>,
    /// Names of those that are not there any more.
    pub gone: Vec<String>,
}

impl Described {
    /// All profiles of an EKS cluster: one call for each hundred, and one for each profile.
    ///
    /// # Errors
    /// The classified failure of the list.
    pub async fn all(eks: &dyn Eks, cluster: &str) -> Result<Self, Failure> {
        let names = eks.list(cluster).await?;
        Ok(Self::of(eks, cluster, names).await)
    }

    /// The profiles of these names.
    pub async fn of(eks: &dyn Eks, cluster: &str, names: Vec<String>) -> Self {
        let describe = |name: String| async move { (eks.describe(cluster, &name).await, name) };
        let mut answers = stream::iter(names).map(describe).buffered(AT_ONCE);
        let mut described = Self::default();
        while let Some((answer, name)) = answers.next().await {
            match answer {
                Ok(profile) => described.profiles.push(profile),
                Err(failure) if failure.class == Class::Gone => described.gone.push(name),
                Err(failure) => drop(described.undescribed.insert(name, failure)),
            }
        }
        described
    }
}
