//! CoreDNS to Fargate, and back. EKS installs it for EC2 nodes: its add-on, or the annotation of its pods, holds it there (EKS user
//! guide, get started with AWS Fargate).
//!
//! What held it before is put on record at the Deployment, with the change or before it. So it can be put back whoever does it and
//! whenever.

use serde_json::{Value, json};

use super::{Mend, Next, Obstacle};
use crate::api::{COMPUTE_TYPE_BEFORE, COMPUTE_TYPE_KEY};
use crate::eks::Addon;
use crate::message::message;
use crate::prerequisites::{CoreDns, DeploymentName, Read, is_usual_coredns};

/// The name of the add-on.
const ADDON: &str = "coredns";

const FARGATE: &str = "fargate";
/// As the add-on's schema writes it (aws eks describe-addon-configuration).
const ADDON_FARGATE: &str = "Fargate";

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
            let is_there = is_fargate(compute_type) || !template.wants_ec2 && *available <= there;
            return Ok((!is_there).then(|| self.patch(Way::ToFargate, self.record(compute_type), Some(Some(FARGATE)))));
        };
        let before = addon.compute_type().map_err(|_| unreadable())?;
        if is_fargate(&before) {
            return Ok(None);
        }
        if self.found.before.is_none() {
            return Ok(Some(self.patch(Way::ToFargate, self.record(&before), None)));
        }
        configured(addon, Some(ADDON_FARGATE), Way::ToFargate)
    }

    /// The next call until it is as it was before the operator moved it, if it did.
    pub fn back(&self) -> Next {
        let Some(before) = &self.found.before else { return Ok(None) };
        let before = Some(before.as_str()).filter(|before| !before.is_empty());
        let Some(addon) = self.addon()? else { return Ok(None) };
        let Some(addon) = addon else {
            // Somebody has changed it since: that stays.
            let is_ours = is_fargate(&self.found.compute_type);
            return Ok(Some(self.patch(Way::Back, Some(None), is_ours.then_some(before))));
        };
        if is_fargate(&addon.compute_type().map_err(|_| unreadable())?) {
            return configured(addon, before, Way::Back);
        }
        Ok(Some(self.patch(Way::Back, Some(None), None)))
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

/// The add-on and people write it with a capital or without (terraform-aws-modules/terraform-aws-eks#2922).
fn is_fargate(compute_type: &Option<String>) -> bool {
    compute_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case(FARGATE))
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
