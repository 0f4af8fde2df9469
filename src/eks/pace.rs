//! How long EKS and Fargate take. AWS documents no times: these are what people report.

use std::time::Duration;

/// How long one operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// In minutes.
    pub(crate) least: usize,
    /// In minutes.
    pub(crate) most: usize,
    /// What a forecast reckons with.
    pub(crate) usual: Duration,
}

/// From CreateFargateProfile to ACTIVE (terraform-provider-aws#11084 and logs of eksctl).
pub(crate) const CREATE: Pace = Pace { least: 1, most: 6, usual: Duration::from_secs(150) };
/// From DeleteFargateProfile until the profile is gone.
pub(crate) const DELETE: Pace = Pace { least: 2, most: 20, usual: Duration::from_secs(180) };
/// From the creation of a pod on Fargate until it is Ready.
pub(crate) const POD_START: Pace = Pace { least: 1, most: 2, usual: Duration::from_secs(75) };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_lies_between_the_least_and_the_most() {
        for pace in [CREATE, DELETE, POD_START] {
            let minutes = |minutes: usize| Duration::from_secs(60) * u32::try_from(minutes).unwrap();
            assert!(minutes(pace.least) < pace.usual && pace.usual < minutes(pace.most), "{pace:?}");
        }
    }
}
