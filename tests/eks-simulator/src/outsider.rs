//! Other people and tools at work in the same account: Terraform, the console, a tag policy.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    AddonRequest, ApiError, Control, Identity, Profile, ProfileSpec, ProfileStatus,
    eks::{access, addon, create_profile, delete_profile, tags::set_profile_tags},
    log::Origin,
    world::World,
};

/// Something an outsider does; the form of the control endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub(crate) enum Deed {
    /// CreateFargateProfile by the rules, with its CREATING.
    CreateProfile { cluster: String, profile: ProfileSpec },
    /// DeleteFargateProfile by the rules, with its DELETING.
    DeleteProfile { cluster: String, name: String },
    /// A profile is there at once in this state, whatever the rules say; it stays CREATING or DELETING if that is its state.
    PlaceProfile { cluster: String, profile: ProfileSpec, status: ProfileStatus },
    /// A profile is gone at once.
    VanishProfile { cluster: String, name: String },
    /// A new ACTIVE incarnation takes the place of the profile of its name.
    ReplaceProfile { cluster: String, profile: ProfileSpec },
    /// Tags are added and overwritten.
    SetTags { cluster: String, name: String, tags: BTreeMap<String, String> },
    /// These tags are taken away, or all if `keys` is empty.
    StripTags {
        cluster: String,
        name: String,
        #[serde(default)]
        keys: Vec<String>,
    },
    /// UpdateAddon by the rules, with its UPDATING.
    UpdateAddon { cluster: String, addon: String, update: AddonRequest },
    /// A cluster is gone at once, with its profiles.
    DeleteCluster { cluster: String },
}

/// Does things behind the caller's back. No call is written to the log, but every change with the cause `outsider`.
///
/// # Errors
/// The service's own: 404 for what is not there, and from the functions that keep to the rules all that the rules say.
#[derive(Clone, Debug)]
pub struct Outsider {
    control: Control,
}

impl Outsider {
    pub(crate) fn of(control: Control) -> Self {
        Self { control }
    }

    /// Creates a profile by the rules, as with Terraform: 409 if the cluster is busy, CREATING for its time.
    pub fn create_profile(&self, cluster: &str, spec: ProfileSpec) -> Result<Profile, ApiError> {
        self.control.shared.with(|world| {
            at_home(world, cluster, |world| create_profile::create(world, cluster, &spec, Origin::Outsider))
        })
    }

    /// Deletes a profile by the rules.
    pub fn delete_profile(&self, cluster: &str, name: &str) -> Result<Profile, ApiError> {
        self.control.shared.with(|world| {
            at_home(world, cluster, |world| delete_profile::delete(world, cluster, name, Origin::Outsider))
        })
    }

    /// Puts a profile there at once, in any state, past all rules. A CREATING or DELETING one stays so.
    pub fn place_profile(&self, cluster: &str, spec: ProfileSpec, status: ProfileStatus) -> Result<Profile, ApiError> {
        self.control.shared.with(|world| place(world, cluster, &spec, status))
    }

    /// Makes a profile vanish at once.
    pub fn vanish_profile(&self, cluster: &str, name: &str) -> Result<(), ApiError> {
        self.control.shared.with(|world| {
            world.cluster(cluster)?;
            match world.remove_profile(cluster, name, Origin::Outsider) {
                true => Ok(()),
                false => Err(ApiError::no_profile(cluster, name)),
            }
        })
    }

    /// Deletes a profile and makes another of its name, both at once: the new one is ACTIVE under another ARN.
    pub fn replace_profile(&self, cluster: &str, spec: ProfileSpec) -> Result<Profile, ApiError> {
        self.control.shared.with(|world| {
            if !world.cluster(cluster)?.profiles.contains_key(&spec.name) {
                return Err(ApiError::no_profile(cluster, &spec.name));
            }
            place(world, cluster, &spec, ProfileStatus::Active)
        })
    }

    /// Adds and overwrites tags, past all limits.
    pub fn set_tags(&self, cluster: &str, name: &str, tags: &[(&str, &str)]) -> Result<(), ApiError> {
        self.change_tags(cluster, name, |there| {
            for (key, value) in tags {
                there.insert((*key).to_owned(), (*value).to_owned());
            }
        })
    }

    /// Takes these tags away, or all if none is named.
    pub fn strip_tags(&self, cluster: &str, name: &str, keys: &[&str]) -> Result<(), ApiError> {
        self.change_tags(cluster, name, |there| {
            there.retain(|key, _| !keys.is_empty() && !keys.contains(&key.as_str()));
        })
    }

    /// Updates an add-on by the rules: 409 if it is busy, UPDATING for its time.
    pub fn update_addon(&self, cluster: &str, name: &str, update: &AddonRequest) -> Result<(), ApiError> {
        self.control.shared.with(|world| {
            at_home(world, cluster, |world| addon::update(world, cluster, name, update, Origin::Outsider).map(drop))
        })
    }

    /// Makes a cluster vanish at once, with its profiles.
    pub fn delete_cluster(&self, cluster: &str) -> Result<(), ApiError> {
        self.control.shared.with(|world| {
            world.cluster(cluster)?;
            world.remove_cluster(cluster, Origin::Outsider);
            Ok(())
        })
    }

    /// Does what a [`Deed`] says and gives the profile it made or changed, if it is about one and it is still there.
    pub(crate) fn act(&self, deed: Deed) -> Result<Option<Profile>, ApiError> {
        let some = |made: Result<Profile, ApiError>| made.map(Some);
        match deed {
            Deed::CreateProfile { cluster, profile } => some(self.create_profile(&cluster, profile)),
            Deed::DeleteProfile { cluster, name } => some(self.delete_profile(&cluster, &name)),
            Deed::PlaceProfile { cluster, profile, status } => some(self.place_profile(&cluster, profile, status)),
            Deed::VanishProfile { cluster, name } => self.vanish_profile(&cluster, &name).map(|()| None),
            Deed::ReplaceProfile { cluster, profile } => some(self.replace_profile(&cluster, profile)),
            Deed::SetTags { cluster, name, tags } => {
                self.change_tags(&cluster, &name, |there| there.extend(tags))?;
                Ok(self.control.profile(&cluster, &name))
            }
            Deed::StripTags { cluster, name, keys } => {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                self.strip_tags(&cluster, &name, &keys)?;
                Ok(self.control.profile(&cluster, &name))
            }
            Deed::UpdateAddon { cluster, addon, update } => self.update_addon(&cluster, &addon, &update).map(|()| None),
            Deed::DeleteCluster { cluster } => self.delete_cluster(&cluster).map(|()| None),
        }
    }

    fn change_tags(
        &self,
        cluster: &str,
        name: &str,
        change: impl FnOnce(&mut BTreeMap<String, String>),
    ) -> Result<(), ApiError> {
        self.control.shared.with(|world| {
            let found = world.cluster(cluster)?.profiles.get(name);
            let profile = found.ok_or_else(|| ApiError::no_profile(cluster, name))?;
            let mut tags = profile.tags.clone();
            change(&mut tags);
            set_profile_tags(world, cluster, name, tags, Origin::Outsider)
        })
    }
}

/// An outsider is at home in the cluster's account and region, whoever the caller is at the moment.
fn at_home<R>(
    world: &mut World,
    cluster: &str,
    act: impl FnOnce(&mut World) -> Result<R, ApiError>,
) -> Result<R, ApiError> {
    let found = world.cluster(cluster)?;
    let home = Identity::operator(&found.account, &found.region);
    let caller = std::mem::replace(&mut world.identity, home);
    let result = act(world);
    world.identity = caller;
    result
}

fn place(world: &mut World, cluster: &str, spec: &ProfileSpec, status: ProfileStatus) -> Result<Profile, ApiError> {
    let subnets = match &spec.subnets {
        Some(subnets) if !subnets.is_empty() => subnets.clone(),
        _ => world.cluster(cluster)?.settings.private_subnets.clone(),
    };
    access::admit(world, cluster, &spec.pod_execution_role_arn)?;
    let profile = create_profile::incarnate(world, cluster, spec, subnets, status, Origin::Outsider)?;
    world.put_profile(cluster, profile.clone(), Origin::Outsider);
    Ok(profile)
}
