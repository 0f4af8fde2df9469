//! helm, as a user types it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use bed::programs;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The operator's chart.
pub const OPERATOR: &str = "charts/fargate-operator";
/// The CRD's.
pub const CRDS: &str = "charts/fargate-operator-crds";
/// The namespace that they are installed in.
pub const NAMESPACE: &str = "fargate-operator";

/// The least that has to be said, with `more` values.
pub fn values(more: Value) -> Value {
    let mut values = json!({ "clusterName": "prod", "region": "eu-central-1" });
    merge(&mut values, more);
    values
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

/// helm, run in the root of the repository.
#[derive(Clone)]
pub struct Helm {
    program: PathBuf,
    folder: PathBuf,
    kubeconfig: PathBuf,
}

impl Helm {
    /// With a folder of its own, named after whoever uses it, and without a cluster.
    pub async fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chart-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self { program: programs::tools().await.unwrap().join("helm"), folder, kubeconfig: "/dev/null".into() }
    }

    /// The same, for this cluster.
    pub fn on(self, kubeconfig: PathBuf) -> Self {
        Self { kubeconfig, ..self }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs it with what is typed after `helm`, split at blanks. What it prints, or its error.
    pub async fn run(&self, line: &str) -> Result<String, String> {
        self.finish(line, None).await
    }

    /// The same, with these values as `-f -`.
    pub async fn with(&self, line: &str, values: &Value) -> Result<String, String> {
        self.finish(line, Some(values)).await
    }

    /// What a chart renders to, hooks and tests included.
    pub async fn template(&self, chart: &str, values: &Value) -> Vec<Value> {
        let text = self.with(&format!("template {NAMESPACE} {chart} -n {NAMESPACE}"), values).await.unwrap();
        objects(&text)
    }

    async fn finish(&self, line: &str, values: Option<&Value>) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        command.args(line.split_whitespace());
        if values.is_some() {
            command.args(["-f", "-"]);
        }
        command
            .current_dir(programs::repository())
            .env("KUBECONFIG", &self.kubeconfig)
            // Nothing is read from or written to the user's home.
            .env("HELM_CACHE_HOME", self.folder.join("cache"))
            .env("HELM_CONFIG_HOME", self.folder.join("config"))
            .env("HELM_DATA_HOME", self.folder.join("data"))
            .env("KUBECACHEDIR", self.folder.join("kube-cache"))
            .env("GOGC", "400")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        if let Some(values) = values {
            input.write_all(values.to_string().as_bytes()).await.unwrap();
        }
        drop(input);
        let output = child.wait_with_output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

/// The objects of a stream of manifests.
pub fn objects(text: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_saphyr::from_multiple(text).unwrap();
    all.into_iter().filter(|object| !object.is_null()).collect()
}

/// The one object of this kind and name.
pub fn object<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let is = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
    objects.iter().find(is).unwrap_or_else(|| panic!("no {kind} {name}"))
}
