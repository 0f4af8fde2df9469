//! EKS profiles for the pods of a test's namespace, which no operator has made.

use std::time::Duration;

use eks_simulator::{ProfileSpec, ProfileStatus, Selector};

use super::namespace::TestNamespace;
use crate::CLUSTER;

impl TestNamespace<'_> {
    /// A profile that is ACTIVE at once and selects pods of this namespace with these labels.
    pub fn profile(&self, name: &str, labels: &[(&str, &str)]) -> String {
        self.place(name, labels, ProfileStatus::Active)
    }

    /// A profile in this state. Its name begins with the namespace's.
    pub fn place(&self, name: &str, labels: &[(&str, &str)], status: ProfileStatus) -> String {
        let name = format!("{}-{name}", self.name);
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let selectors = vec![Selector { namespace: Some(self.name.clone()), labels }];
        let spec = ProfileSpec { selectors, ..ProfileSpec::named(&name) };
        self.bed.eks().outsider().place_profile(CLUSTER, spec, status).unwrap();
        name
    }

    /// Has the trouble of a profile last for so long from now. Other tests may have their own.
    pub fn trouble_ends(&self, profile: &str, after: Duration) {
        let until = self.fargate.now() + after;
        self.fargate.change(|switches| {
            let its = switches.troubles.iter_mut().filter(|trouble| trouble.profile.matches(Some(profile)));
            its.for_each(|trouble| trouble.until = Some(until));
        });
    }
}
