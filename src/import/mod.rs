//! EKS Fargate profiles that other tools made or describe, as FargateProfile manifests that take them over.
//!
//! # Guarantees
//! - Nothing is lost silently: whatever a source says of a profile is in its manifest, or in [`Lost`] with the reason.
//! - Nothing is guessed that would change a profile. One whose name or selectors are not known gets no manifest, and a change of
//!   one whose role is not known waits for approval.

mod ack;
mod capa;
mod cdk;
mod composition;
mod crossplane;
mod describe;
mod documents;
mod eksctl;
mod fields;
mod health;
mod intrinsics;
mod keeper;
mod lost;
mod makers;
mod manifest;
mod names;
mod others;
mod reference;
mod shell;
mod terraform;
mod unknown;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::documents::Booleans;
use self::fields::Fields;
use crate::api::ProfileSelector;

pub use describe::of_eks;
pub use keeper::Keeper;
pub use lost::{About, Lost};
pub use manifest::{Imported, Manifest, imported};

/// Kinds of files that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A ClusterConfig of eksctl, or the output of `eksctl get fargateprofile -o yaml`.
    Eksctl,
    /// FargateProfiles of AWS Controllers for Kubernetes.
    Ack,
    /// FargateProfiles of Crossplane's providers for AWS.
    Crossplane,
    /// AWSFargateProfiles of Cluster API.
    Capa,
    /// The output of `terraform show -json` for a state or a plan.
    Terraform,
    /// The output of `aws eks describe-fargate-profile`.
    Describe,
    /// A CloudFormation template, such as one made by CDK.
    #[value(name = "cdk")]
    CloudFormation,
}

/// A profile as its source describes it.
#[derive(Clone, Debug, Default)]
pub struct Existing {
    /// What it is in the source, for people.
    pub object: String,
    /// Its name in EKS.
    pub name: Option<String>,
    pub cluster: Option<String>,
    pub role: Option<String>,
    pub subnets: Vec<String>,
    pub selectors: Vec<ProfileSelector>,
    pub tags: BTreeMap<String, String>,
    pub keeper: Keeper,
    /// What makes its object again when that is deleted.
    pub makers: Vec<String>,
    /// Whether EKS may have something else for what is told here.
    pub is_uncertain: bool,
    pub lost: Vec<Lost>,
    /// Why no manifest can be written for it.
    pub unwritable: Option<String>,
}

impl Reading {
    /// Profiles that are objects of Kubernetes, of a kind that people know by this name.
    fn of(profiles: Vec<Existing>, kind: &str) -> Self {
        let nothing = profiles.is_empty().then(|| Lost::of("file", "", format!("it has no {kind}")));
        Self { profiles, lost: nothing.into_iter().collect() }
    }
}

impl Existing {
    /// With what its fields have left over.
    fn ended(mut self, object: String, fields: Fields<'_>) -> Self {
        let (lost, unreadable) = fields.rest();
        self.object = object;
        self.lost.extend(lost);
        self.unwritable = self.unwritable.or(unreadable);
        self
    }

    /// The same for an object of Kubernetes, whose metadata is its own.
    fn ended_in_kubernetes(self, object: &Value, title: String, fields: Fields<'_>) -> Self {
        let mut metadata = Fields::of(&title, "metadata", &object["metadata"]);
        let own = ["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"];
        metadata.pass(&own);
        metadata.pass(&["finalizers", "selfLink", "generateName", "deletionGracePeriodSeconds"]);
        let is_leaving = metadata.take("deletionTimestamp").is_some();
        let makers = makers::of(object);
        if metadata.take("ownerReferences").is_some() {
            metadata.lose("ownerReferences", "they are of the object itself");
        }
        // What kubectl and Crossplane note down for themselves.
        let is_note = |name: &&str| name.starts_with("kubectl.kubernetes.io/") || name.starts_with("crossplane.io/");
        for key in ["labels", "annotations"] {
            let all = metadata.take(key).and_then(Value::as_object).into_iter().flatten();
            let names: Vec<&str> = all.map(|(name, _)| name.as_str()).filter(|name| !is_note(name)).collect();
            if !names.is_empty() {
                metadata.lose(key, format!("they are of the object itself ({})", names.join(", ")));
            }
        }
        let (lost, _) = metadata.rest();
        let mut existing = self.ended(title, fields);
        existing.lost.extend(lost);
        existing.makers.extend(makers);
        let told = |(field, why)| Lost::of(&existing.object, field, why);
        let complaints: Vec<Lost> = health::complaints(&object["status"]).into_iter().map(told).collect();
        existing.lost.extend(complaints);
        if is_leaving {
            let why =
                "its object is being deleted, and may take the profile with it: import it when one of the two is left";
            existing.unwritable.get_or_insert(why.to_owned());
        }
        existing
    }
}

/// What a file says, and what of it is about no profile in particular.
#[derive(Debug, Default)]
pub struct Reading {
    pub profiles: Vec<Existing>,
    pub lost: Vec<Lost>,
}

/// Reads the text of a file.
///
/// # Errors
/// If it is not of this format: what is wrong.
pub fn read(format: Format, text: &str) -> anyhow::Result<Reading> {
    let booleans = if format == Format::CloudFormation { Booleans::Yaml11 } else { Booleans::Yaml12 };
    let documents = documents::parse(text, booleans)?;
    let mut reading = match format {
        Format::Eksctl => eksctl::read(&documents),
        Format::Ack => ack::read(&documents),
        Format::Crossplane => crossplane::read(&documents),
        Format::Capa => capa::read(&documents),
        Format::Terraform => terraform::read(&documents),
        Format::Describe => describe::read(&documents),
        Format::CloudFormation => cdk::read(&documents),
    };
    reading.lost.extend(documents.iter().flat_map(documents::repeated));
    reading.lost.extend(others::told(format, &documents));
    if reading.profiles.is_empty() && reading.lost.is_empty() {
        reading.lost.push(Lost::of("file", "", "there is nothing in it"));
    }
    // A log or a stream of events has the same to be said of each of its lines.
    let mut told = BTreeSet::new();
    reading.lost.retain(|lost| told.insert(lost.clone()));
    Ok(reading)
}

#[cfg(test)]
mod tests;
