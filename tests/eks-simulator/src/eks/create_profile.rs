//! CreateFargateProfile.

use crate::{
    ApiError, FirstConflict, Outcome, Profile, ProfileSpec, ProfileStatus, Role,
    eks::{access, looks::visible},
    log::Origin,
    rules::{name, role, selectors, subnets, tags, token::Replay, turn},
    world::{
        World,
        agenda::Due,
        cluster::{Cluster, take_planned},
        identity::partition,
    },
};

/// Checks a request by all rules and begins to create the profile.
///
/// The order is measured in part: name, namespaces and label keys come first, then the cluster, then the number of
/// selectors, then the subnets (badmintoncryer/cdk-preflight, `pf-eks-fargate-*`, which says of each refusal whether it
/// comes without a cluster too). Where the other checks stand is not known; where two 409s compete, [`FirstConflict`]
/// says which wins.
pub(crate) fn create(
    world: &mut World,
    cluster: &str,
    spec: &ProfileSpec,
    origin: Origin,
) -> Result<Profile, ApiError> {
    check_form(world, spec).map_err(|error| error.about(cluster, Some(&spec.name)))?;
    let found = visible(&world.clusters, &world.identity, cluster)?;
    match world.tokens.replay(world.choices.token_replay, found, spec) {
        Replay::Same(profile) => return Ok(*profile),
        Replay::Mismatch => return Err(other_parameters().about(cluster, Some(&spec.name))),
        Replay::New => {}
    }
    let subnets = check_in_cluster(world, found, spec).map_err(|error| error.about(cluster, Some(&spec.name)))?;
    let profile = begin(world, cluster, spec, subnets, origin)?;
    world.tokens.remember(cluster, spec, &profile);
    Ok(profile)
}

/// What the request alone tells.
fn check_form(world: &World, spec: &ProfileSpec) -> Result<(), ApiError> {
    name::check(&spec.name, world.choices.name_characters)?;
    selectors::check_form(&spec.selectors)
}

/// What depends on the cluster. Gives the subnets that the profile gets.
fn check_in_cluster(world: &World, cluster: &Cluster, spec: &ProfileSpec) -> Result<Vec<String>, ApiError> {
    let quotas = &cluster.settings.quotas;
    let taken = || match cluster.profiles.contains_key(&spec.name) {
        true => Err(ApiError::in_use(
            // Recorded; eksctl 5652, 2591.
            "A Fargate Profile already exists with this name in this cluster.",
        )),
        false => Ok(()),
    };
    let busy = || turn::check(cluster, turn::Verb::Create, &spec.name);
    match world.choices.first_conflict {
        FirstConflict::NameExists => taken().and_then(|()| busy()),
        FirstConflict::ClusterBusy => busy().and_then(|()| taken()),
    }?;
    selectors::check_size(&spec.selectors, quotas)?;
    tags::check_new(&spec.tags)?;
    if cluster.profiles.len() >= quotas.profiles {
        return Err(too_many(&cluster.settings.name, quotas.profiles));
    }
    role::check(world, &spec.pod_execution_role_arn, &cluster.settings.name, &spec.name)?;
    let subnets = spec.subnets.as_deref().unwrap_or_default();
    subnets::choose(subnets, cluster, world.choices.omitted_subnets)
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
    access::admit(world, cluster, &spec.pod_execution_role_arn)?;
    make_service_linked_role(world);
    let outcome = world.edit(cluster, |cluster| take_planned(&mut cluster.planned_creations, &spec.name))?;
    let usual = world.cluster(cluster)?.settings.durations.creating;
    run(world, &profile, outcome, usual, origin)?;
    Ok(profile)
}

/// With the first profile of an account (User Guide, "Using roles for Amazon EKS Fargate profiles"). The caller is taken to have
/// `iam:CreateServiceLinkedRole`.
fn make_service_linked_role(world: &mut World) {
    let arn = world.identity.service_linked_role();
    if world.role(&arn).is_none() {
        let Role { id, created_at, .. } = world.new_role();
        let role = Role { id, created_at, ..Role::usual(&arn) };
        world.roles.insert(arn, Some(role));
    }
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
