//! CoreDNS to Fargate, and back. EKS installs it for EC2 nodes: its add-on, or the annotation of its pods, holds it there (EKS user
//! guide, get started with AWS Fargate).
//!
//! What held it before is put on record at the Deployment, with the change or before it. So it can be put back whoever does it and
//! whenever.

use serde_json::{Value, json};

use super::{Mend, Next, Obstacle};
use crate::api::{COMPUTE_TYPE_BEFORE, COMPUTE_TYPE_KEY};
use crate::eks::{Addon, is_fargate};
use crate::message::{cut, message};
use crate::prerequisites::{CoreDns, DeploymentName, Read, is_usual_coredns};

/// The name of the add-on.
const ADDON: &str = "coredns";

const EC2: &str = "ec2";
const FARGATE: &str = "fargate";
/// As the add-on's schema writes it (aws eks describe-addon-configuration).
const ADDON_FARGATE: &str = "Fargate";

/// How much of a Deployment's path a message has room for.
const PATH: usize = 64;

/// A Deployment behind the cluster's DNS Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    pub name: DeploymentName,
    pub found: CoreDns,
    /// What EKS installed it as. Known to be none if it is not where EKS installs it.
    pub addon: Read<Option<Addon>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToFargate,
    Back,
}

/// A merge patch of a Deployment as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentPatch {
    pub namespace: String,
    pub name: String,
    pub patch: Value,
    pub way: Way,
    /// The template changes, so that its pods are made again.
    pub restarts: bool,
}

impl Workload {
    pub fn new(name: DeploymentName, found: CoreDns, addon: Read<Option<Addon>>) -> Self {
        let addon = if is_usual_coredns(&name) { addon } else { Read::Known(None) };
        Self { name, found, addon }
    }

    /// The next call until its pods are made for Fargate. `there` are those that serve on Fargate already.
    pub fn to_fargate(&self, there: u32) -> Next {
        let CoreDns { template, compute_type, available, .. } = &self.found;
        let Some(addon) = self.addon()? else { return Ok(None) };
        let Some(addon) = addon else {
            if is_fargate(compute_type.as_deref()) || !template.wants_ec2 && *available <= there {
                return Ok(None);
            }
            // What was held on EC2 before, and is again, somebody has put back.
            if self.before().is_some() {
                return Err(self.undone());
            }
            return Ok(Some(self.patch(Way::ToFargate, self.record(compute_type), Some(Some(FARGATE)))));
        };
        let before = addon.compute_type().map_err(|_| unreadable())?;
        if is_fargate(before.as_deref()) {
            return Ok(None);
        }
        if self.found.before.is_none() {
            return Ok(Some(self.patch(Way::ToFargate, self.record(&before), None)));
        }
        configured(addon, Some(ADDON_FARGATE), Way::ToFargate)
    }

    /// The next call until it is as it was before the operator moved it, if it did. While a profile that goes still takes its pods
    /// (`is_taken`), what nothing held on EC2 is held there: its pods would come to that profile again.
    pub fn back(&self, is_taken: bool) -> Next {
        if self.found.before.is_none() {
            return Ok(None);
        }
        let before = self.before();
        let Some(addon) = self.addon()? else { return Ok(None) };
        let Some(addon) = addon else {
            let is_held = self.found.compute_type.as_deref() == Some(EC2);
            return Ok(match (is_taken, before) {
                (true, None) if is_held => None,
                (true, None) => Some(self.patch(Way::Back, None, Some(Some(EC2)))),
                // Somebody has changed it since: that stays.
                (_, before) => {
                    let is_ours = is_fargate(self.found.compute_type.as_deref()) || before.is_none() && is_held;
                    Some(self.patch(Way::Back, Some(None), is_ours.then_some(before)))
                }
            });
        };
        if is_fargate(addon.compute_type().map_err(|_| unreadable())?.as_deref()) {
            return configured(addon, before, Way::Back);
        }
        // EKS has yet to do it.
        Ok((!self.is_changing()).then(|| self.patch(Way::Back, Some(None), None)))
    }

    /// Whether its pods are about to leave Fargate, or leave it.
    pub fn is_leaving(&self) -> bool {
        self.found.template.wants_ec2 || self.found.before.is_some() && self.is_changing()
    }

    /// Whether the Deployment is still as the add-on made it for Fargate.
    fn is_changing(&self) -> bool {
        let addon = self.addon.known().and_then(Option::as_ref);
        addon.is_some_and(|addon| addon.status == "UPDATING" || is_fargate(self.found.compute_type.as_deref()))
    }

    /// What held it before, by what is on record.
    fn before(&self) -> Option<&str> {
        self.found.before.as_deref().filter(|before| !before.is_empty())
    }

    fn undone(&self) -> Obstacle {
        let (namespace, name) = &self.name;
        let path = cut(&format!("{namespace}/{name}"), PATH);
        Obstacle::held(message!(
            "somebody has put Deployment {path} back to EC2 after the operator moved it: set \
             eks.amazonaws.com/compute-type: fargate where it comes from, or switch --move-coredns off"
        ))
    }

    /// The add-on; the outer None if nobody knows.
    fn addon(&self) -> Result<Option<Option<&Addon>>, Obstacle> {
        match &self.addon {
            Read::NotAsked => Ok(None),
            Read::Known(addon) => Ok(Some(addon.as_ref())),
            Read::Unread(why) => Err(Obstacle::of(why)),
        }
    }

    /// What goes on record, unless something is.
    fn record<'a>(&self, before: &'a Option<String>) -> Option<Option<&'a str>> {
        self.found.before.is_none().then(|| Some(before.as_deref().unwrap_or_default()))
    }

    /// A patch that sets or removes the record, and the template's annotation.
    fn patch(&self, way: Way, record: Option<Option<&str>>, compute_type: Option<Option<&str>>) -> Mend {
        let mut patch = json!({ "metadata": { "resourceVersion": self.found.resource_version } });
        if let Some(record) = record {
            patch["metadata"]["annotations"] = json!({ COMPUTE_TYPE_BEFORE: record });
        }
        if let Some(kind) = compute_type {
            patch["spec"]["template"]["metadata"]["annotations"] = json!({ COMPUTE_TYPE_KEY: kind });
        }
        let (namespace, name) = self.name.clone();
        Mend::PatchDeployment(DeploymentPatch { namespace, name, patch, way, restarts: compute_type.is_some() })
    }
}

fn configured(addon: &Addon, compute_type: Option<&str>, way: Way) -> Next {
    let configuration = addon.with_compute_type(compute_type).map_err(|_| unreadable())?;
    Ok(Some(Mend::ConfigureAddon { addon: ADDON, configuration, way }))
}

fn unreadable() -> Obstacle {
    Obstacle::held(message!(
        "the configuration of the add-on coredns cannot be read, so CoreDNS is not moved: correct it (aws eks update-addon \
         --configuration-values), or switch --move-coredns off"
    ))
}

#[cfg(test)]
mod tests;
