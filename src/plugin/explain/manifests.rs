//! What is asked about, from files.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use kube::ResourceExt as _;
use serde_json::Value;

use super::object;
use crate::api::FargateProfile;
use crate::explain::{Declared, File, Kind, Profiles, Question, Subject};
use crate::state::first_name;

/// A pod or workload of a file.
#[derive(Debug)]
pub(super) struct Manifest {
    kind: Kind,
    object: Value,
    /// Its file has other objects too.
    has_others: bool,
}

/// The pods and workloads of a file; `-` is standard input.
///
/// # Errors
/// If it cannot be read.
pub(super) fn pods(file: &Path) -> anyhow::Result<Vec<Manifest>> {
    let objects = objects(file)?;
    let has_others = objects.len() > 1;
    let known = |object: Value| Some(Manifest { has_others, kind: kind(&object)?, object });
    Ok(objects.into_iter().filter_map(known).collect())
}

/// The FargateProfiles of a file.
///
/// # Errors
/// If it cannot be read, or has none.
pub(super) fn profiles(file: &Path) -> anyhow::Result<Vec<Declared>> {
    let is_profile = |object: &Value| object["kind"] == "FargateProfile";
    let declared = |object: Value| -> anyhow::Result<Declared> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let object: FargateProfile =
            serde_json::from_value(object).with_context(|| format!("FargateProfile {name} of {}", file.display()))?;
        let first = first_name(&object.spec, &object.name_any());
        Ok(Declared::of_file(&object, &first))
    };
    let found: Vec<Declared> = objects(file)?.into_iter().filter(is_profile).map(declared).collect::<Result<_, _>>()?;
    if found.is_empty() {
        bail!("{} has no FargateProfile", file.display());
    }
    Ok(found)
}

/// What it is, if it is a pod or makes some. Other projects have kinds of the same name.
fn kind(object: &Value) -> Option<Kind> {
    let kind = Kind::typed(object["kind"].as_str()?)?;
    (object["apiVersion"] == kind.api_version()).then_some(kind)
}

/// The objects of a file, those of lists one by one.
fn objects(file: &Path) -> anyhow::Result<Vec<Value>> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("reading standard input")?;
        text
    } else {
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?
    };
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(&text).with_context(|| format!("{} is no YAML", file.display()))?;
    let items = |document: Value| match document["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![document],
    };
    Ok(documents.into_iter().flat_map(items).collect())
}

impl Manifest {
    /// # Errors
    /// If the manifest is not of its kind.
    pub(super) fn question(
        &self,
        file: &Path,
        namespace: &str,
        profiles: Profiles,
        now: Timestamp,
    ) -> anyhow::Result<Question> {
        let Self { kind, object, has_others } = self;
        let text = |field: &str| object["metadata"][field].as_str();
        let name = text("name").or_else(|| text("generateName")).unwrap_or_default().to_owned();
        let namespace = text("namespace").unwrap_or(namespace).to_owned();
        let of = || format!("{} {name} of {}", kind.name(), file.display());
        // What a cluster has written is a pod that was there.
        let is_there = *kind == Kind::Pod && text("uid").is_some();
        let (template, pods) = if is_there {
            (None, vec![object::pod(object.clone()).with_context(of)?])
        } else {
            (Some(object::template(*kind, &namespace, object).with_context(of)?), Vec::new())
        };
        let file = (!is_there).then(|| File { path: file.display().to_string(), has_others: *has_others });
        let subject = Subject { kind: *kind, namespace, name, file };
        let makes = object::makes(*kind, object);
        let match_labels = object::match_labels(*kind, object);
        Ok(Question { subject, template, pods, unlisted: None, makes, match_labels, profiles, now })
    }
}
