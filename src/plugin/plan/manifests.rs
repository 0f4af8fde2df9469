//! Manifests, read as kubectl reads them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use kube::Resource;
use serde_json::Value;

use crate::api::{FargateProfile, GROUP};

/// What is in the manifests.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Manifests {
    /// The FargateProfiles, in the order in which they stand there.
    pub(super) profiles: Vec<Value>,
    /// How many objects of other kinds there are.
    pub(super) others: usize,
}

/// Reads files, folders and standard input, or what kustomize builds.
pub(super) fn read(names: &[PathBuf], kustomize: Option<&Path>) -> anyhow::Result<Manifests> {
    let mut all = Manifests::default();
    if let Some(folder) = kustomize {
        all.add(&build(folder)?)
            .with_context(|| format!("reading what kubectl kustomize {} made", folder.display()))?;
    }
    for name in names {
        for (from, text) in texts(name)? {
            all.add(&text).with_context(|| format!("reading {from}"))?;
        }
    }
    Ok(all)
}

impl Manifests {
    fn add(&mut self, text: &str) -> anyhow::Result<()> {
        let documents: Vec<Value> = serde_saphyr::from_multiple(text)?;
        for document in documents {
            self.add_object(document)?;
        }
        Ok(())
    }

    fn add_object(&mut self, object: Value) -> anyhow::Result<()> {
        if object.is_null() {
            return Ok(());
        }
        let (version, kind) = (&object["apiVersion"], &object["kind"]);
        let (Some(version), Some(kind)) = (version.as_str(), kind.as_str()) else {
            bail!("an object has no apiVersion or no kind: write both, or leave the file out");
        };
        if kind == "List" || kind.ends_with("List") && object["items"].is_array() {
            return object["items"].as_array().into_iter().flatten().try_for_each(|it| self.add_object(it.clone()));
        }
        if kind != FargateProfile::kind(&()) || version.split('/').next() != Some(GROUP) {
            self.others += 1;
            return Ok(());
        }
        let Some(name) = object["metadata"]["name"].as_str().map(str::to_owned) else {
            bail!("a FargateProfile has no metadata.name: write one; generateName cannot be planned");
        };
        if self.profiles.iter().any(|other| other["metadata"]["name"] == object["metadata"]["name"]) {
            bail!("FargateProfile {name} is there twice: leave one of them out");
        }
        self.profiles.push(object);
        Ok(())
    }
}

/// The files behind a name, as `kubectl -f` finds them.
fn texts(name: &Path) -> anyhow::Result<Vec<(String, String)>> {
    if name == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("reading standard input")?;
        return Ok(vec![("standard input".to_owned(), text)]);
    }
    let mut files = vec![name.to_owned()];
    if name.is_dir() {
        let entries = std::fs::read_dir(name).with_context(|| format!("reading folder {}", name.display()))?;
        files = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
        let is_manifest = |file: &PathBuf| {
            let ending = file.extension().and_then(|ending| ending.to_str());
            matches!(ending, Some("yaml" | "yml" | "json"))
        };
        files.retain(is_manifest);
        files.sort();
    }
    let text = |file: PathBuf| {
        let shown = file.display().to_string();
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {shown}"))?;
        Ok((shown, text))
    };
    files.into_iter().map(text).collect()
}

fn build(folder: &Path) -> anyhow::Result<String> {
    let output = Command::new("kubectl")
        .arg("kustomize")
        .arg(folder)
        .output()
        .context("running kubectl kustomize: is kubectl in the PATH?")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("kubectl kustomize {} failed: {}", folder.display(), said.trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Result<(Vec<String>, usize), String> {
        let mut all = Manifests::default();
        all.add(text).map_err(|error| error.to_string())?;
        let names = all.profiles.iter().map(|it| it["metadata"]["name"].as_str().unwrap().to_owned());
        Ok((names.collect(), all.others))
    }

    #[test]
    fn profiles_are_found_among_documents_and_in_lists() {
        const OURS: &str = "apiVersion: fargate-operator.dev/v1alpha1\nkind: FargateProfile\nmetadata: {name: NAME}\n";
        let ours = |name: &str| OURS.replace("NAME", name);
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let other = "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n";
        let both = format!("---\n{}---\n{other}---\n{}---\n", ours("b"), ours("a"));
        assert_eq!(found(&both), Ok((names(&["b", "a"]), 1)));
        let list = r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"fargate-operator.dev/v1alpha1","kind":"FargateProfile","metadata":{"name":"a"}}]}"#;
        assert_eq!(found(list), Ok((names(&["a"]), 0)));
        let of_ack = ours("a").replace(GROUP, "eks.services.k8s.aws");
        assert_eq!(found(&of_ack), Ok((names(&[]), 1)));
        assert_eq!(found(""), Ok((names(&[]), 0)));
        let twice = found(&format!("{}---\n{}", ours("a"), ours("a")));
        assert_eq!(twice, Err("FargateProfile a is there twice: leave one of them out".to_owned()));
        assert!(found("kind: FargateProfile").unwrap_err().contains("no apiVersion"));
        assert!(found(&OURS.replace("metadata: {name: NAME}", "metadata: {}")).unwrap_err().contains("metadata.name"));
    }
}
