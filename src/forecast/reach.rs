//! What a change can make a difference for: the objects that could select the same pods, and those pods.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::ResourceExt;

use super::World;
use crate::api::FargateProfile;
use crate::eks::{Profile, Selector};
use crate::placement::{ClusterDns, Pod, could_share, is_like};
use crate::state::{owner, selectors};

#[derive(Debug, Default)]
pub(super) struct Reach {
    installation: String,
    /// By object, the selectors of its spec and of its EKS profiles.
    selectors: BTreeMap<String, BTreeSet<Selector>>,
    /// The namespaces of pods that may serve the cluster's DNS.
    of_dns: Vec<String>,
}

impl Reach {
    pub(super) fn of(world: &World) -> Self {
        let spec = |object: &FargateProfile| (object.name_any(), selectors(&object.spec.selectors));
        let mut all: BTreeMap<String, BTreeSet<Selector>> = world.objects.iter().map(spec).collect();
        for profile in &world.profiles {
            if let Some(own) = owner(profile, &world.installation).and_then(|owner| all.get_mut(owner)) {
                own.extend(profile.selectors.iter().cloned());
            }
        }
        let service = world.dns.known().and_then(ClusterDns::service);
        let of_dns = service.map(|service| service.namespace.clone()).into_iter().chain(["kube-system".to_owned()]);
        Self { installation: world.installation.clone(), selectors: all, of_dns: of_dns.collect() }
    }

    /// The object, and those with which it could share pods.
    pub(super) fn of_object(&self, name: &str) -> BTreeSet<String> {
        let mut reached = self.selectors.get(name).map(|own| self.sharing(own)).unwrap_or_default();
        reached.insert(name.to_owned());
        reached
    }

    /// The objects that could have pods of an EKS profile, its own included.
    pub(super) fn of_profile(&self, profile: &Profile) -> BTreeSet<String> {
        let mut reached = self.sharing(&profile.selectors);
        reached.extend(owner(profile, &self.installation).map(str::to_owned));
        reached
    }

    /// The pods that make a difference for an object: those of its EKS profiles, and all of the namespaces that it selects,
    /// since a pod is judged with the others of its controller. Foreign profiles may come to be its own. All objects are
    /// judged by the pods of the cluster's DNS, and by what Fargate says of pods.
    pub(super) fn pods(&self, name: &str, profiles: &[Profile], pods: &[Arc<Pod>]) -> Vec<Arc<Pod>> {
        let selected = self.selectors.get(name).into_iter().flatten().map(|selector| &selector.namespace);
        let namespaces: BTreeSet<&String> = selected.chain(&self.of_dns).collect();
        let may_be_own = |profile: &&Profile| owner(profile, &self.installation).is_none_or(|owner| owner == name);
        let own: BTreeSet<&str> = profiles.iter().filter(may_be_own).map(|it| it.name.as_str()).collect();
        let is_seen = |pod: &&Arc<Pod>| {
            pod.issue.is_some()
                || pod.profile().is_some_and(|profile| own.contains(profile))
                || namespaces.iter().any(|namespace| is_like(namespace, &pod.namespace))
        };
        pods.iter().filter(is_seen).cloned().collect()
    }

    fn sharing(&self, selectors: &BTreeSet<Selector>) -> BTreeSet<String> {
        let shares =
            |theirs: &BTreeSet<Selector>| theirs.iter().any(|it| selectors.iter().any(|own| could_share(own, it)));
        self.selectors.iter().filter(|(_, theirs)| shares(theirs)).map(|(name, _)| name.clone()).collect()
    }
}
