//! CreateFargateProfile.

use crate::{
    ApiError, FirstConflict, Outcome, Profile, ProfileSpec, ProfileStatus,
    eks::looks::visible,
    log::Origin,
    rules::{name, role, selectors, subnets, tags, token::Replay, turn},
    world::{World, agenda::Due, cluster::take_planned, identity::partition},
};

/// Checks a request by all rules and begins to create the profile.
///
/// In which order the service checks is not known but for two things: a missing cluster comes first and the name
/// before the selectors (moto, recorded); where two 409s compete, [`FirstConflict`] says which wins.
pub(crate) fn create(
    world: &mut World,
    cluster: &str,
    spec: &ProfileSpec,
    origin: Origin,
) -> Result<Profile, ApiError> {
    let found = visible(&world.clusters, &world.identity, cluster)?;
    match world.tokens.replay(world.choices.token_replay, found, spec) {
        Replay::Same(profile) => return Ok(*profile),
        Replay::Mismatch => return Err(other_parameters().about(cluster, Some(&spec.name))),
        Replay::New => {}
    }
    let explain = |error: ApiError| error.about(cluster, Some(&spec.name));
    name::check(&spec.name, world.choices.name_characters).map_err(explain)?;
    let taken = || match found.profiles.contains_key(&spec.name) {
        true => Err(ApiError::in_use(
            // Recorded; eksctl 5652, 2591.
            "A Fargate Profile already exists with this name in this cluster.",
        )),
        false => Ok(()),
    };
    let busy = || turn::check(found, turn::Verb::Create, &spec.name);
    match world.choices.first_conflict {
        FirstConflict::NameExists => taken().and_then(|()| busy()),
        FirstConflict::ClusterBusy => busy().and_then(|()| taken()),
    }
    .map_err(explain)?;
    selectors::check(&spec.selectors, &found.settings.quotas).map_err(explain)?;
    tags::check_new(&spec.tags).map_err(explain)?;
    if found.profiles.len() >= found.settings.quotas.profiles {
        return Err(explain(too_many(cluster, found.settings.quotas.profiles)));
    }
    role::check(world, &spec.pod_execution_role_arn).map_err(explain)?;
    let subnets =
        subnets::choose(spec.subnets.as_deref().unwrap_or_default(), &found.settings, world.choices.omitted_subnets)
            .map_err(explain)?;
    let profile = begin(world, cluster, spec, subnets, origin)?;
    world.tokens.remember(cluster, spec, &profile);
    Ok(profile)
}

/// The wording is not known; the code is the model's for quotas.
fn too_many(cluster: &str, quota: usize) -> ApiError {
    ApiError::new(
        400,
        "ResourceLimitExceededException",
        format!("Cluster {cluster} has reached its limit of {quota} Fargate profiles"),
    )
}

/// Neither code nor wording is known.
fn other_parameters() -> ApiError {
    ApiError::invalid_parameter("The clientRequestToken has been used before with other parameters")
}

/// A new incarnation, not yet in its cluster. ARN form: User Guide, trust policy of the pod execution role.
pub(crate) fn incarnate(
    world: &mut World,
    cluster: &str,
    spec: &ProfileSpec,
    subnets: Vec<String>,
    status: ProfileStatus,
    origin: Origin,
) -> Result<Profile, ApiError> {
    let found = world.cluster(cluster)?;
    let place = format!(
        "arn:{}:eks:{}:{}:fargateprofile/{cluster}/{}",
        partition(&found.region),
        found.region,
        found.account,
        spec.name
    );
    Ok(Profile {
        name: spec.name.clone(),
        arn: format!("{place}/{}", world.chance.uuid()),
        cluster: cluster.to_owned(),
        created_at: world.clock.wall(world.now),
        pod_execution_role_arn: spec.pod_execution_role_arn.clone(),
        subnets,
        selectors: spec.selectors.clone(),
        status,
        tags: spec.tags.clone(),
        health: Vec::new(),
        origin,
    })
}

fn begin(
    world: &mut World,
    cluster: &str,
    spec: &ProfileSpec,
    subnets: Vec<String>,
    origin: Origin,
) -> Result<Profile, ApiError> {
    let creating = ProfileStatus::Creating;
    let profile = incarnate(world, cluster, spec, subnets, creating, origin)?;
    let outcome = world.edit(cluster, |cluster| take_planned(&mut cluster.planned_creations, &spec.name))?;
    let usual = world.cluster(cluster)?.settings.durations.creating;
    run(world, &profile, outcome, usual, origin)?;
    Ok(profile)
}

/// Puts a CREATING or DELETING profile into its cluster and notes when that will be over.
pub(crate) fn run(
    world: &mut World,
    profile: &Profile,
    outcome: Option<Outcome>,
    usual: std::time::Duration,
    origin: Origin,
) -> Result<(), ApiError> {
    let spread = world.cluster(&profile.cluster)?.settings.durations.spread;
    let (takes, failure) = match outcome {
        None => (None, None),
        Some(Outcome::Takes(takes)) => (Some(takes), None),
        Some(Outcome::Fail { issue, after }) => (after, Some(issue)),
    };
    let takes = takes.unwrap_or_else(|| world.chance.around(usual, spread));
    world.edit(&profile.cluster, |cluster| {
        cluster.failures.remove(&profile.arn);
        if let Some(failure) = failure {
            cluster.failures.insert(profile.arn.clone(), failure);
        }
    })?;
    world.put_profile(&profile.cluster, profile.clone(), origin);
    let due = Due::ProfileSettles { cluster: profile.cluster.clone(), arn: profile.arn.clone() };
    world.agenda.note(world.now + takes, due);
    Ok(())
}
