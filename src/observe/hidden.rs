//! A profile that cannot be described keeps back the object whose own it may be.

use kube::ResourceExt;

use super::EksSnapshot;
use crate::api::FargateProfile;
use crate::failure::Failure;
use crate::message::message;
use crate::state::{given_name, is_name_of};

/// Why the object cannot be worked on: a profile that is, or may be, its own could not be described.
pub fn hidden(object: &FargateProfile, look: &EksSnapshot) -> Option<Failure> {
    let status = object.status.as_ref();
    let recorded = |name: &str| {
        let previous = status.and_then(|status| status.previous.as_ref()).map(|previous| previous.name.as_str());
        let records = status.into_iter().flat_map(|status| &status.profiles).map(|record| record.name.as_str());
        records.chain(previous).any(|recorded| recorded == name)
    };
    let own = object.name_any();
    let is_like_own = |name: &str| is_name_of(given_name(&object.spec, &own), name);
    let (name, failure) = look.undescribed.iter().find(|(name, _)| recorded(name) || is_like_own(name))?;
    Some(Failure {
        message: message!("EKS profile {name} cannot be described: {}", failure.message),
        ..failure.clone()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::api::{FargateProfileSpec, FargateProfileStatus, PreviousProfile, ProfileRecord};
    use crate::failure::Class;
    use crate::observe::Found;

    #[test]
    fn a_profile_that_cannot_be_described_keeps_back_only_the_object_whose_own_it_may_be() {
        let failure = Failure {
            class: Class::Fix,
            reason: crate::api::Reason::AccessDenied,
            operation: "DescribeFargateProfile",
            code: None,
            message: "not authorized".into(),
            definite: true,
        };
        let record = |name: &str| ProfileRecord { name: name.into(), ..ProfileRecord::default() };
        let mut object = FargateProfile::new("web", FargateProfileSpec::default());
        object.status = Some(FargateProfileStatus {
            profiles: vec![record("adopted")],
            previous: Some(PreviousProfile { name: "before".into(), ..PreviousProfile::default() }),
            ..FargateProfileStatus::default()
        });
        for (name, expected) in [
            ("web", true),
            ("web-9998", true),
            ("0-web-9999", true),
            ("adopted", true),
            ("before", true),
            ("theirs", false),
            ("web-v2-9999", false),
        ] {
            let look = EksSnapshot {
                began: Duration::ZERO,
                cluster: Found::Missing { account: String::new() },
                profiles: Vec::new(),
                undescribed: [(name.to_owned(), failure.clone())].into(),
                status_since: BTreeMap::new(),
            };
            let why = hidden(&object, &look).map(|failure| failure.message);
            let message = format!("EKS profile {name} cannot be described: not authorized");
            assert_eq!(why, expected.then_some(message), "{name}");
        }
    }
}
