//! Manifests of what was read, and what is not in them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{About, Existing, Lost, names};
use crate::api::{Adoption, Approval, FargateProfileSpec, GROUP, ReplacementSpec};
use crate::eks::Selector;
use crate::state::manager;

/// A FargateProfile as people write it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    api_version: String,
    kind: String,
    metadata: Metadata,
    pub spec: FargateProfileSpec,
}

#[derive(Clone, Debug, Serialize)]
struct Metadata {
    name: String,
}

/// A profile with its manifest, if it can have one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// What it is in the source.
    pub object: String,
    /// Its name in EKS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_name: Option<String>,
    pub managed_by: &'static str,
    /// Empty where there is no manifest: nothing takes the profile over then.
    pub let_go: Vec<String>,
    pub lost: Vec<Lost>,
    /// None if `lost` says why there cannot be one.
    pub manifest: Option<Manifest>,
    /// The one that has the manifest, if this is the same profile.
    #[serde(skip)]
    pub same_as: Option<String>,
}

fn manual() -> Option<ReplacementSpec> {
    Some(ReplacementSpec { approval: Some(Approval::Manual), ..ReplacementSpec::default() })
}

impl Manifest {
    pub fn name(&self) -> &str {
        &self.metadata.name
    }
}

/// At most so many tags, as the CRD says.
const TAGS: usize = 40;

/// The manifests of profiles. The same profile is written once.
pub fn imported(profiles: Vec<Existing>) -> Vec<Imported> {
    let (mut taken, mut all) = (Vec::new(), Vec::<Imported>::new());
    for existing in profiles {
        let mut imported = one(existing, &taken);
        if let Some(kept) = all.iter_mut().find(|it| it.is_same(&imported)) {
            kept.compare(&imported);
            imported.lose("", format!("it is the same EKS profile as {}, which has a manifest", kept.object));
            (imported.manifest, imported.let_go) = (None, Vec::new());
            imported.same_as = Some(kept.object.clone());
        }
        if let Some(twin) = all.iter().find(|it| it.is_twin(&imported)).and_then(|it| it.profile_name.clone()) {
            imported.lose(
                "profileName",
                format!("it differs from {twin} in case alone, and the operator takes over but one of the two"),
            );
        }
        taken.extend(imported.manifest.as_ref().map(|manifest| manifest.name().to_owned()));
        all.push(imported);
    }
    all
}

impl Imported {
    fn is_same(&self, other: &Self) -> bool {
        let cluster = |it: &Self| it.manifest.as_ref().map(|manifest| manifest.spec.cluster_name.clone());
        self.manifest.is_some() && self.profile_name == other.profile_name && cluster(self) == cluster(other)
    }

    fn is_twin(&self, other: &Self) -> bool {
        let name = |it: &Self| it.profile_name.clone().filter(|_| it.manifest.is_some());
        name(self).zip(name(other)).is_some_and(|(one, two)| one != two && one.eq_ignore_ascii_case(&two))
    }

    /// Holds a replacement if another source says something else of the same profile.
    fn compare(&mut self, other: &Self) {
        let Some((own, others)) = self.manifest.as_ref().zip(other.manifest.as_ref()) else { return };
        let (own, others) = (&own.spec, &others.spec);
        let selectors = |spec: &FargateProfileSpec| spec.selectors.iter().map(Selector::from).collect::<BTreeSet<_>>();
        let fields: Vec<&str> = [
            ("selectors", selectors(own) != selectors(others)),
            ("podExecutionRoleArn", own.pod_execution_role_arn != others.pod_execution_role_arn),
            ("subnets", own.subnets != others.subnets),
            ("tags", own.tags != others.tags),
        ]
        .into_iter()
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect();
        if fields.is_empty() {
            return;
        }
        self.lose("", format!("{} says something else of the same EKS profile: {}", other.object, fields.join(", ")));
        let spec = self.manifest.as_mut().map(|manifest| &mut manifest.spec);
        if let Some(spec) = spec.filter(|spec| fields != ["tags"] && spec.replacement.is_none()) {
            spec.replacement = manual();
            self.hold("compare them");
        }
    }

    fn lose(&mut self, field: &str, why: impl Into<String>) {
        self.lost.push(Lost::of(&self.object, field, why).about(About::field(field)));
    }
}

fn one(existing: Existing, taken: &[String]) -> Imported {
    let unwritable = unwritable(&existing);
    let Existing { object, name, cluster, role, subnets, selectors, tags, keeper, makers, lost, .. } = existing;
    let (managed_by, let_go) = (keeper.name(), Vec::new());
    let mut imported =
        Imported { object, profile_name: name.clone(), managed_by, let_go, lost, manifest: None, same_as: None };
    if let Some(why) = unwritable {
        imported.lose("", format!("no manifest: {why}"));
        return imported;
    }
    let name = name.unwrap_or_default();
    let stop = makers
        .iter()
        .map(|maker| format!("{maker} makes its object again: suspend it, or do not run it, until the last step"));
    let remove = makers
        .iter()
        .map(|maker| format!("remove the object from {maker}, now that it is gone from the cluster, and resume it"));
    imported.let_go = stop.chain(keeper.let_go(&name, cluster.as_deref(), &tags)).chain(remove).collect();
    let mut spec = FargateProfileSpec {
        selectors,
        cluster_name: cluster,
        pod_execution_role_arn: role,
        subnets: Some(subnets).filter(|subnets| !subnets.is_empty()),
        tags: Some(imported.tags(tags)).filter(|tags| !tags.is_empty()),
        adoption: Some(Adoption::IfUnowned),
        ..FargateProfileSpec::default()
    };
    imported.check(&mut spec);
    let metadata = Metadata { name: names::object_name(&name, taken) };
    spec.profile_name = Some(name);
    let (api_version, kind) = (format!("{GROUP}/v1alpha1"), "FargateProfile".to_owned());
    imported.manifest = Some(Manifest { api_version, kind, metadata, spec });
    imported
}

/// Why there is no manifest that would take the profile over and leave it as it is.
fn unwritable(existing: &Existing) -> Option<String> {
    if let Some(why) = &existing.unwritable {
        return Some(why.clone());
    }
    let Some(name) = &existing.name else {
        return Some(
            "its name in EKS is not known: find it (aws eks list-fargate-profiles), and give it by --profile-name"
                .to_owned(),
        );
    };
    if existing.selectors.is_empty() {
        return Some("it has no selectors".to_owned());
    }
    let wrong_selector = |at: usize| {
        let selector = &existing.selectors[at];
        let why = names::wrong_selector(&selector.namespace, selector.labels.iter().flatten())?;
        Some(format!("selector {}: {why}", at + 1))
    };
    names::wrong_name(name).or_else(|| (0..existing.selectors.len()).find_map(wrong_selector))
}

impl Imported {
    /// Takes out what the CRD would refuse. Where EKS may have something else then, a change waits for approval.
    fn check(&mut self, spec: &mut FargateProfileSpec) {
        let is_uncertain = self.lost.iter().any(|lost| lost.is_uncertain);
        if let Some(cluster) = spec.cluster_name.take_if(|cluster| !names::is_cluster(cluster)) {
            self.lose("clusterName", format!("{cluster} is no name of an EKS cluster"));
        }
        if spec.cluster_name.is_none() {
            self.lose(
                "clusterName",
                "it is not known, so the operator's own cluster is meant: see that it is this one",
            );
        }
        if let Some(role) = spec.pod_execution_role_arn.take_if(|role| !names::is_role(role)) {
            self.lose("podExecutionRoleArn", format!("{role} is no ARN of an IAM role"));
        }
        let wrong = spec.subnets.iter().flatten().find(|subnet| !names::is_subnet(subnet)).cloned();
        if let Some(wrong) = wrong {
            spec.subnets = None;
            self.lose("subnets", format!("{wrong} is no id of a subnet"));
        }
        let unique = |all: Vec<String>| all.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        spec.subnets = spec.subnets.take().map(unique);
        let no_cluster = spec.cluster_name.is_none();
        let no_role = spec.pod_execution_role_arn.is_none();
        let no_subnets = spec.subnets.is_none();
        if no_role {
            self.lack("podExecutionRoleArn");
        }
        if no_subnets {
            self.lack("subnets");
        }
        // The profile of that name may be another one, in another cluster.
        if no_cluster || no_role || no_subnets || is_uncertain {
            let why = match (is_uncertain, no_cluster || no_role || no_subnets) {
                (true, false) => "compare them",
                (false, _) => "fill in what is missing",
                (true, true) => "compare them and fill in what is missing",
            };
            self.hold(why);
            spec.replacement = manual();
        }
    }

    /// Says why a replacement waits for approval, and what ends that.
    fn hold(&mut self, what: &str) {
        let why = format!(
            "Manual is set, since a value that is not what EKS has would replace the profile: {what}, then take it out"
        );
        self.lose("replacement.approval", why);
    }

    /// A field that is not known. Where the source has something in its place, the reason is told already.
    fn lack(&mut self, field: &str) {
        let about = About::field(field);
        if !self.lost.iter().any(|lost| lost.about == about) {
            self.lose(field, "it is not known, so the operator's default counts");
        }
    }

    /// The tags that the operator is to keep: those of tools are none of its own.
    fn tags(&mut self, tags: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut kept = BTreeMap::new();
        for (key, value) in tags {
            let field = format!("tags.{key}");
            if let Some(manager) = manager(&key, &value) {
                self.lose(&field, format!("a mark of {}", manager.name()));
            } else if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
                self.lose(&field, "a tag has up to 128 characters in its key and 256 in its value");
            } else if kept.len() == TAGS {
                self.lose(
                    &field,
                    format!("a FargateProfile has at most {TAGS} tags; this one stays on the profile as it is"),
                );
            } else {
                kept.insert(key, value);
            }
        }
        kept
    }
}
