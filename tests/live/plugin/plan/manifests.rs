//! Where manifests come from, and how `plan` ends.

use std::path::{Path, PathBuf};

use bed::Bed;
use serde_json::{Value, json};

use super::{Typed, led, manifest, run};
use crate::support::objects::{profile, serving};
use crate::support::speeds::swift;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("fargate-plan-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        for (file, text) in files {
            std::fs::write(path.join(file), text).unwrap();
        }
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

async fn plan(bed: &Bed, words: &[&str]) -> Typed {
    let mut command = bed.plugin().unwrap();
    command.arg("plan").args(words);
    run(command, "").await
}

fn text(object: &Value) -> String {
    manifest(std::slice::from_ref(object))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_kustomize_builds_is_planned_as_it_is_built() {
    let bed = led(swift()).await;
    serving(&bed, &profile("web", "web")).await;
    let more = r#"[{"op": "add", "path": "/spec/selectors/-", "value": {"namespace": "more"}}]"#;
    let build = format!("resources: [web.yaml]\npatches:\n- target: {{kind: FargateProfile}}\n  patch: '{more}'\n");
    let files = [("web.yaml", profile("web", "web").to_string()), ("kustomization.yaml", build)];
    let folder = Folder::new("kustomize", &files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let path = folder.path().to_str().unwrap();
    let answer = plan(&bed, &["-k", path, "--detailed-exitcode"]).await;
    assert_eq!(answer.code, 2, "{answer:?}");
    for line in ["web is replaced (CreateFirst)\n", "selectors: + more\n", "Plan: 1 to replace; about "] {
        assert!(answer.out.contains(line), "{line} is not in\n{}", answer.out);
    }
    let without = Folder::new("no-kustomize", &[]);
    let path = without.path().to_str().unwrap();
    let error = plan(&bed, &["-k", path, "--detailed-exitcode"]).await;
    assert_eq!(error.code, 1, "{error:?}");
    assert!(error.err.starts_with(&format!("error: kubectl kustomize {path} failed: ")), "{}", error.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_may_have_other_kinds_and_other_files() {
    let bed = led(swift()).await;
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n";
    let both = format!("{namespace}---\n{}\n", profile("web", "web"));
    let (shop, others) = (text(&profile("shop", "shop")), "not: a manifest");
    let folder = Folder::new("folder", &[("a.yaml", &both), ("b.json", &shop), ("README.md", others)]);
    let path = folder.path().to_str().unwrap();
    let answer = plan(&bed, &["-f", path, "--detailed-exitcode"]).await;
    assert_eq!(answer.code, 2, "{answer:?}");
    for line in ["Plan: 2 to create; about ", "Of other kinds, and not looked at: 1 object\n"] {
        assert!(answer.out.contains(line), "{line} is not in\n{}", answer.out);
    }
    let first = |name: &str| answer.out.find(&format!("{name} gets its EKS profile")).unwrap();
    assert!(first("web") < first("shop"), "in the order of the files:\n{}", answer.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_manifest_is_an_error_that_names_the_file() {
    let bed = led(swift()).await;
    let folder = Folder::new("wrong", &[("a.yaml", "a: [1"), ("b.yaml", "a: 1\n"), ("c.yaml", "- 1\n")]);
    let twice = manifest(&[profile("web", "web"), profile("web", "web")]);
    std::fs::write(folder.path().join("d.yaml"), twice).unwrap();
    for (file, why) in [
        ("a.yaml", ""),
        ("b.yaml", "an object has no apiVersion or no kind: write both, or leave the file out"),
        ("c.yaml", "an object has no apiVersion or no kind"),
        ("d.yaml", "FargateProfile web is there twice: leave one of them out"),
        ("e.yaml", "No such file"),
    ] {
        let path = folder.path().join(file);
        let path = path.to_str().unwrap();
        let error = plan(&bed, &["-f", path, "--detailed-exitcode"]).await;
        assert_eq!((error.code, error.out.as_str()), (1, ""), "{file}");
        assert!(error.err.starts_with(&format!("error: reading {path}: ")), "{}", error.err);
        assert!(error.err.contains(why), "{}", error.err);
    }
    let neither = plan(&bed, &["--detailed-exitcode"]).await;
    assert_eq!(neither.code, 1, "2 would say that something changes: {neither:?}");
}

/// An answer as JSON, but for the notes.
fn answer(typed: &Typed) -> Value {
    let mut answer: Value = serde_json::from_str(&typed.out).unwrap_or_else(|error| panic!("{error}: {typed:?}"));
    answer["notes"] = json!([]);
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_saved_gives_the_same_answer_again() {
    let bed = led(crate::prerequisites::with_checks(swift())).await;
    serving(&bed, &profile("web", "web")).await;
    crate::prerequisites::all_is_asked(&bed);
    let mut web = profile("web", "web");
    web["spec"]["tags"] = json!({ "team": "a" });
    let folder = Folder::new("saved", &[("all.json", &manifest(&[web, profile("shop", "shop")]))]);
    let (manifests, state) = (folder.path().join("all.json"), folder.path().join("state.json"));
    let (manifests, state) = (manifests.to_str().unwrap(), state.to_str().unwrap());
    let words = ["-o", "json", "--detailed-exitcode", "-f", manifests];
    let online = plan(&bed, &[&words[..], &["--save", state]].concat()).await;
    let offline = plan(&bed, &[&words[..], &["--state", state, "--kubeconfig", "/dev/null"]].concat()).await;
    assert_eq!((online.code, offline.code), (2, 2), "{}{}", online.err, offline.err);
    assert_eq!(answer(&offline), answer(&online));
    let findings = &answer(&online)["objects"][1]["findings"];
    assert!(!findings.as_array().unwrap().is_empty(), "they are in both: {findings}");
    std::fs::write(state, "{}").unwrap();
    let wrong = plan(&bed, &["-f", manifests, "--state", state]).await;
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("is not what --save writes"), "{}", wrong.err);
}
