//! The examples are YAML, and what is of our kind, the API server takes.

use std::path::{Path, PathBuf};

use bed::{Bed, Options, programs};
use serde_json::Value;

/// Every YAML file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect()
}

/// Every document of every example, with its file.
fn examples() -> Vec<(PathBuf, Value)> {
    let examples: Vec<(PathBuf, Value)> = files(&programs::repository().join("gitops"))
        .into_iter()
        .filter(|path| !path.parent().unwrap().ends_with("testdata"))
        .flat_map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let documents: Vec<Value> =
                serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            documents.into_iter().map(move |document| (path.clone(), document))
        })
        .collect();
    assert!(examples.len() > 10, "{examples:?}");
    examples
}

#[tokio::test]
async fn the_profiles_of_the_examples_are_accepted_by_schema_rules_and_policies() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let ours: Vec<_> = examples().into_iter().filter(|(_, document)| document["kind"] == "FargateProfile").collect();
    assert!(!ours.is_empty());
    for (path, profile) in ours {
        let words = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
        if let Err(refusal) = bed.kubectl().input(&words, &profile.to_string()) {
            panic!("{}: {refusal}", path.display());
        }
    }
}

#[test]
fn the_examples_speak_of_one_installation() {
    let examples = examples();
    let settings: Vec<&Value> = examples
        .iter()
        .filter_map(|(_, document)| match document["kind"].as_str()? {
            "Application" => Some(&document["spec"]["source"]["helm"]["valuesObject"]),
            "HelmRelease" => Some(&document["spec"]["values"]),
            _ => None,
        })
        .filter(|values| values.is_object())
        .collect();
    assert_eq!(settings.len(), 2);
    assert_eq!(settings[0], settings[1]);
}
