//! EKS Fargate profiles that other tools made or describe, as FargateProfile manifests that take them over.
//!
//! # Guarantees
//! - Nothing is lost silently: whatever a source says of a profile is in its manifest, or in [`Lost`] with the reason.
//! - Nothing is guessed that would change a profile. One whose name or selectors are not known gets no manifest, and a replacement of
//!   one of which anything else is not known, or not certain, waits for approval.

mod ack;
mod capa;
mod cloudformation;
mod composition;
mod crossplane;
mod describe;
mod documents;
mod eksctl;
mod fields;
mod health;
mod intrinsics;
mod keeper;
mod kubernetes;
mod lost;
mod makers;
mod manifest;
mod names;
mod others;
mod reference;
mod shell;
mod terraform;
mod unknown;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use self::documents::Booleans;
use self::fields::Fields;
use crate::api::{ProfileSelector, TAG_OWNER};

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
    pub lost: Vec<Lost>,
    /// Why no manifest can be written for it.
    pub unwritable: Option<String>,
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
}

/// What a file says, and what of it is about no profile in particular.
#[derive(Debug, Default)]
pub struct Reading {
    pub profiles: Vec<Existing>,
    pub lost: Vec<Lost>,
}

impl Reading {
    /// Profiles that are objects of Kubernetes, of a kind that people know by this name.
    fn of(profiles: Vec<Existing>, kind: &str) -> Self {
        let nothing = profiles.is_empty().then(|| Lost::of("file", "", format!("it has no {kind}")));
        Self { profiles, lost: nothing.into_iter().collect() }
    }

    /// Without the profiles that the operator has already.
    #[must_use]
    pub fn without_owned(self) -> Self {
        let Self { profiles, mut lost } = self;
        let owner = |existing: &Existing| existing.tags.get(TAG_OWNER).cloned();
        lost.extend(profiles.iter().filter_map(|it| Some(Lost::owned(&it.object, &owner(it)?))));
        Self { profiles: profiles.into_iter().filter(|it| owner(it).is_none()).collect(), lost }
    }
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
        Format::CloudFormation => cloudformation::read(&documents),
    };
    reading.lost.extend(documents.iter().flat_map(documents::repeated));
    reading.lost.extend(others::told(format, &documents));
    let mut reading = reading.without_owned();
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
