//! EKS as it is when nothing goes wrong: one operation at a time, each of which takes a while and succeeds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::World;
use crate::api::Reason;
use crate::eks::pace::{CREATE, DELETE};
use crate::eks::{NewProfile, Profile, ProfileStatus};
use crate::failure::{Class, Failure};
use crate::time::elapsed;

/// The times of EKS's profiles, by ARN.
#[derive(Debug, Default)]
pub(super) struct Eks {
    /// Since when each has its status.
    pub(super) since: BTreeMap<String, Duration>,
    /// When the operation on it is over.
    ends: BTreeMap<String, Duration>,
    made: usize,
}

impl Eks {
    /// The profiles as they are found.
    pub(super) fn of(world: &World, now: Duration) -> Self {
        let mut eks = Self::default();
        let recorded = || world.objects.iter().filter_map(|object| object.status.as_ref()).flat_map(|it| &it.profiles);
        for profile in &world.profiles {
            let record = recorded().find(|record| record.arn == profile.arn);
            let active = record.and_then(|record| record.active_since.as_ref()).map(|time| time.0);
            let since = active.or(profile.created_at).unwrap_or(Timestamp::UNIX_EPOCH);
            eks.since.insert(profile.arn.clone(), now.saturating_sub(elapsed(since, world.wall)));
            eks.operate(profile, now);
        }
        eks
    }

    /// When the next operation is over.
    pub(super) fn next(&self) -> Option<Duration> {
        self.ends.values().min().copied()
    }

    /// Completes the operations that are over by now. Returns their profiles.
    pub(super) fn end(&mut self, world: &mut World, now: Duration) -> Vec<Profile> {
        let over: BTreeSet<String> = self.ends.extract_if(.., |_, end| *end <= now).map(|(arn, _)| arn).collect();
        let mut changed = Vec::new();
        world.profiles.retain_mut(|profile| {
            if !over.contains(&profile.arn) {
                return true;
            }
            let is_gone = profile.status == ProfileStatus::Deleting;
            if is_gone {
                self.since.remove(&profile.arn);
            } else {
                self.since.insert(profile.arn.clone(), now);
                profile.status = ProfileStatus::Active;
            }
            changed.push(profile.clone());
            !is_gone
        });
        changed
    }

    /// CreateFargateProfile.
    pub(super) fn create(&mut self, world: &mut World, new: &NewProfile, now: Duration) -> Result<Profile, Failure> {
        if world.quota.is_some_and(|quota| world.profiles.len() >= quota) {
            return Err(Failure {
                class: Class::Fix,
                reason: Reason::NoFreeSlot,
                operation: "CreateFargateProfile",
                code: Some("ResourceLimitExceededException".to_owned()),
                message: format!(
                    "the cluster already has {} Fargate profiles, which is its quota",
                    world.profiles.len()
                ),
                definite: true,
            });
        }
        self.made += 1;
        let prefix = world.cluster.as_ref().map(|cluster| cluster.arn.replace(":cluster/", ":fargateprofile/"));
        // Without any, EKS takes the private subnets of the cluster. They are not known here, and not compared either.
        let subnets = new.subnets.clone().unwrap_or_default();
        let profile = Profile {
            name: new.name.clone(),
            arn: format!("{}/{}/{}", prefix.unwrap_or_default(), new.name, self.made),
            status: ProfileStatus::Creating,
            role: new.role.clone(),
            subnets,
            selectors: new.selectors.clone(),
            tags: new.tags.clone(),
            issues: Vec::new(),
            created_at: Some(world.wall),
        };
        world.evidence.let_in(&new.role, world.wall);
        self.operate(&profile, now);
        world.profiles.push(profile.clone());
        world.profiles.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(profile)
    }

    /// DeleteFargateProfile.
    pub(super) fn delete(&mut self, world: &mut World, arn: &str, now: Duration) {
        let Some(profile) = world.profiles.iter_mut().find(|profile| profile.arn == arn) else { return };
        profile.status = ProfileStatus::Deleting;
        self.operate(profile, now);
    }

    fn operate(&mut self, profile: &Profile, now: Duration) {
        let takes = match profile.status {
            ProfileStatus::Creating => CREATE.usual,
            ProfileStatus::Deleting => DELETE.usual,
            ProfileStatus::Active
            | ProfileStatus::CreateFailed
            | ProfileStatus::DeleteFailed
            | ProfileStatus::Unknown(_) => return,
        };
        self.since.insert(profile.arn.clone(), now);
        self.ends.insert(profile.arn.clone(), now + takes);
    }
}

/// TagResource or UntagResource.
pub(super) fn tag(world: &mut World, arn: &str, set: &BTreeMap<String, String>, remove: &[String]) {
    let Some(profile) = world.profiles.iter_mut().find(|profile| profile.arn == arn) else { return };
    profile.tags.extend(set.clone());
    profile.tags.retain(|key, _| !remove.contains(key));
}
