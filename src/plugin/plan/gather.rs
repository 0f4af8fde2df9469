//! Gathers what a plan rests on, with the operator's own reads: thirteen of Kubernetes however many objects and pods
//! there are, and of AWS what a pass of the operator asks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use kube::Client;

use super::apply::Applied;
use super::sources::{Sources, sources};
use super::state::State;
use super::{risk, unseen};
use crate::api::FargateProfile;
use crate::ec2::SdkEc2;
use crate::eks::{Cluster as EksCluster, Eks, SdkEks};
use crate::forecast::World;
use crate::iam::SdkIam;
use crate::intervals::DEFAULTS;
use crate::observe::{self, EksSnapshot, Found, InCluster, PrerequisiteCache, ProfileCache};
use crate::placement::Pod;
use crate::plugin::cluster::{Cluster, LIMIT, refusal, told};
use crate::plugin::objects::Objects;
use crate::prerequisites::PROFILE_QUOTA;
use crate::quotas::{Quotas, SdkQuotas};
use crate::state::{Pods, Snapshot};
use crate::time::seconds;

/// The state of every EKS cluster that the manifests are for; without manifests, of all that objects name.
pub(super) async fn gather(
    cluster: &Cluster,
    applied: &[Applied],
    cluster_name: Option<&str>,
    region: Option<&str>,
) -> anyhow::Result<State> {
    let mut notes = Vec::new();
    let sources = sources(cluster, cluster_name, region, &mut notes).await?;
    let own = sources.installation.defaults.cluster_name.clone();
    let mut state = State::of(&own);
    let objects = objects(&cluster.client, applied, &mut notes).await?;
    state.notes = notes;
    let named = applied.iter().filter_map(|it| it.after.as_ref().ok());
    let mut names: BTreeSet<String> = named.map(|object| state.cluster_of(object).to_owned()).collect();
    if applied.is_empty() {
        names = objects.iter().map(|object| state.cluster_of(object).to_owned()).chain([own]).collect();
    }
    for name in names {
        let world = sources.world(&name, &objects, applied, &mut state).await?;
        state.worlds.push(world);
    }
    Ok(state)
}

/// All FargateProfiles, or those of the manifests if the user may not list them. One that this version cannot read is left out with a note.
async fn objects(client: &Client, applied: &[Applied], notes: &mut Vec<String>) -> anyhow::Result<Vec<FargateProfile>> {
    match Objects::list(client).await {
        Ok(objects) => {
            notes.extend(objects.left_out());
            Ok(objects.readable)
        }
        Err(error) if error.is_refused() => {
            notes.push(format!("other FargateProfiles are not shown: {}", refusal(&error)));
            Ok(applied.iter().filter_map(|it| it.before.clone()).collect())
        }
        Err(error) => Err(told(error)),
    }
}

impl Sources<'_> {
    async fn world(
        &self,
        name: &str,
        objects: &[FargateProfile],
        applied: &[Applied],
        state: &mut State,
    ) -> anyhow::Result<World> {
        let eks: Arc<dyn Eks> = Arc::new(SdkEks::new(&self.session));
        let profiles = ProfileCache::new(name.to_owned(), Arc::clone(&eks), self.clock, DEFAULTS.describe_again);
        let look = profiles.get(Duration::ZERO, &[]).await.with_context(|| {
            format!("EKS cluster {name} cannot be asked: check the AWS credentials of this shell (aws sts get-caller-identity)")
        })?;
        let quota = self.quota(look.profiles.len(), applied.len(), &mut state.notes).await;
        let here = |object: &&FargateProfile| state.cluster_of(object) == name;
        let (cluster, account) = match &look.cluster {
            Found::Cluster(cluster) => (Some(EksCluster::clone(cluster)), String::new()),
            Found::Missing { account } => (None, account.clone()),
        };
        let mut world = World {
            name: name.to_owned(),
            wall: seconds(Timestamp::now()),
            installation: self.installation.id.clone(),
            region: self.installation.region.clone(),
            defaults: self.installation.defaults.clone(),
            cluster,
            account,
            profiles: look.profiles.clone(),
            quota,
            objects: objects.iter().filter(here).cloned().collect(),
            ..World::default()
        };
        for (profile, failure) in &look.undescribed {
            state.notes.push(format!("EKS profile {profile} cannot be described: {}", failure.message));
        }
        self.see_pods(&mut world, &look, &mut state.notes).await?;
        self.see_objects(&mut world, &look, applied, eks, &mut state.notes).await;
        Ok(world)
    }

    /// How many profiles the cluster may have. None if the manifests stay below every quota, or it is not known.
    async fn quota(&self, profiles: usize, changes: usize, notes: &mut Vec<String>) -> Option<usize> {
        let (quota, default) = PROFILE_QUOTA;
        let default = usize::try_from(default).ok()?;
        // The default is the smallest quota, and a change takes up to three profiles.
        if profiles + 3 * changes <= default {
            return None;
        }
        match SdkQuotas::new(&self.session).value(quota).await {
            Ok(value) => Some(value.and_then(|value| value.try_into().ok()).unwrap_or(default)),
            Err(unread) => {
                notes.push(format!("the quota of EKS profiles is not shown, and taken for {default}: {unread}"));
                Some(default).filter(|default| profiles <= *default)
            }
        }
    }

    /// The pods, the cluster's DNS and the operator's own pod.
    ///
    /// # Errors
    /// Pods cannot be listed, though that is allowed.
    async fn see_pods(&self, world: &mut World, look: &EksSnapshot, notes: &mut Vec<String>) -> anyhow::Result<()> {
        let Found::Cluster(cluster) = &look.cluster else { return Ok(()) };
        if let Err(error) = risk::may_list_pods(&self.cluster.client).await {
            if !error.is_refused() {
                return Err(told(error));
            }
            // Not unknown, which would block the plan: the operator itself can list them.
            notes.push(format!("pods are not shown, and taken for none: {}", refusal(&error)));
            world.pods = Some(Vec::new());
            return Ok(());
        }
        self.pods.adopt(cluster);
        match self.pods.cached(cluster).await {
            Pods::Known(pods) => world.pods = Some(pods.iter().map(|pod| Pod::clone(pod)).collect()),
            Pods::Unknown(why) => {
                notes.push(format!("pods are not shown: {why}"));
                world.unseen = Some(why.reason);
                return Ok(());
            }
        }
        world.dns = self.pods.dns(cluster).await;
        let own = self.holder.as_ref().and_then(|(namespace, holder)| {
            let (holder, _) = holder.rsplit_once('_')?;
            let is_own = |pod: &&Pod| pod.namespace == *namespace && (pod.name == holder || pod.path() == holder);
            world.pods.iter().flatten().find(is_own)
        });
        (world.own_pod, world.own_profile) = match own {
            Some(pod) => (Some(pod.path()), pod.profile().map(str::to_owned)),
            None => (None, None),
        };
        match risk::pinned(&self.cluster.client).await {
            Ok(pinned) => world.pinned = pinned,
            Err(error) => notes.push(format!("pod templates are not shown: {}", refusal(&error))),
        }
        match risk::held(&self.cluster.client, world.pods.as_deref().unwrap_or_default()).await {
            Ok(held) => world.held = held,
            Err(error) => notes.push(format!("disruption budgets are not shown: {}", refusal(&error))),
        }
        Ok(())
    }

    /// What the operator would ask for each object by itself.
    async fn see_objects(
        &self,
        world: &mut World,
        look: &Arc<EksSnapshot>,
        applied: &[Applied],
        eks: Arc<dyn Eks>,
        notes: &mut Vec<String>,
    ) {
        let session = &self.session;
        let (ec2, iam, quotas) = (SdkEc2::new(session), SdkIam::new(session), SdkQuotas::new(session));
        let inside = InCluster::new(self.cluster.client.clone(), self.cluster.authorities.clone(), LIMIT);
        let cache = PrerequisiteCache::new(
            eks,
            Arc::new(ec2),
            Arc::new(iam),
            Arc::new(quotas),
            inside,
            self.clock,
            self.intervals,
        );
        let mut next = world.clone();
        for object in applied.iter().filter_map(|it| it.after.as_ref().ok()) {
            if self.installation.defaults.cluster_of(&object.spec) == world.name {
                next.put(object.clone());
            }
        }
        let objects: Vec<Arc<FargateProfile>> = next.objects.into_iter().map(Arc::new).collect();
        let pods = world.seen(world.pods.as_ref().map(|pods| pods.iter().cloned().map(Arc::new).collect()));
        let mut managed = None;
        for object in &objects {
            let mut snapshot = self.snapshot(object, &objects, look);
            observe::managed_role(&mut snapshot, look, &cache, false).await;
            managed = managed.or_else(|| snapshot.mending.role.as_ref().map(|role| role.arn.clone()));
            observe::default_subnets(&mut snapshot, look, &cache, false).await;
            (snapshot.pods, snapshot.dns) = (pods.clone(), world.dns.clone());
            observe::coredns(&mut snapshot, look, &cache, false).await;
            observe::prerequisites(&mut snapshot, look, &cache, false, false).await;
        }
        world.evidence = cache.evidence().await;
        unseen::forget(world, managed.as_deref(), notes);
    }

    fn snapshot(&self, object: &FargateProfile, objects: &[Arc<FargateProfile>], look: &EksSnapshot) -> Snapshot {
        let (now, wall) = (self.clock.now(), seconds(Timestamp::now()));
        observe::snapshot(object, objects, look, &self.installation, &self.intervals, now, wall)
    }
}
