//! DeleteFargateProfile.

use crate::{
    ApiError, Profile, ProfileStatus, RepeatedDelete,
    eks::{create_profile::run, looks::visible},
    log::Origin,
    rules::turn,
    world::{World, cluster::take_planned},
};

/// Begins to delete a profile, in whatever state it is, if the cluster is not busy. The reply shows it DELETING.
pub(crate) fn delete(world: &mut World, cluster: &str, name: &str, origin: Origin) -> Result<Profile, ApiError> {
    let found = visible(&world.clusters, &world.identity, cluster)?;
    let profile = found.profiles.get(name).ok_or_else(|| ApiError::no_profile(cluster, name))?;
    if profile.status == ProfileStatus::Deleting && world.choices.repeated_delete == RepeatedDelete::Accepted {
        return Ok(profile.as_ref().clone());
    }
    turn::check(found, turn::Verb::Delete, name).map_err(|error| error.about(cluster, Some(name)))?;
    let usual = found.settings.durations.deleting;
    let profile = Profile { status: ProfileStatus::Deleting, health: Vec::new(), ..profile.as_ref().clone() };
    let outcome = world.edit(cluster, |cluster| take_planned(&mut cluster.planned_deletions, name))?;
    run(world, &profile, outcome, usual, origin)?;
    Ok(profile)
}
