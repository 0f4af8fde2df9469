//! The operator's own binary, as a child process.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};

use crate::child::{End, GuardedChild};
use crate::programs;

/// The pod that an operator takes itself to be, unless its environment says otherwise.
pub const OWN_POD: &str = "fargate-operator/operator";

/// How an operator is started.
#[derive(Clone, Debug)]
pub struct OperatorSettings {
    /// Its identity in Kubernetes.
    pub kubeconfig: PathBuf,
    /// The EKS and STS endpoint.
    pub aws: String,
    /// `--cluster-name`.
    pub cluster: String,
    /// `--region`.
    pub region: String,
    /// `--time-scale`.
    pub time_scale: f64,
    /// `--default-pod-execution-role-arn`.
    pub default_role: Option<String>,
    /// More environment variables.
    pub environment: Vec<(String, String)>,
    /// Where it listens; none takes a free port.
    pub listen: Option<SocketAddr>,
    /// Where its log goes.
    pub log: PathBuf,
}

/// A running operator. Dropping it asks it to end and waits for that.
#[derive(Debug)]
pub struct Operator {
    process: GuardedChild,
    address: SocketAddr,
}

impl Operator {
    /// Starts it and waits until it says where it listens.
    ///
    /// # Errors
    /// If it ends or stays silent; the message carries its log.
    pub async fn start(settings: &OperatorSettings) -> anyhow::Result<Self> {
        let program = programs::operator()?;
        ensure_current(&program)?;
        let mut command = Command::new(program);
        let listen = settings.listen.map_or_else(|| "127.0.0.1:0".to_owned(), |address| address.to_string());
        // Neither the user's AWS account nor a proxy has a say here.
        for (key, _) in std::env::vars_os() {
            let name = key.to_string_lossy().to_ascii_uppercase();
            if ["AWS_", "FARGATE_OPERATOR_"].iter().any(|prefix| name.starts_with(prefix)) || name.ends_with("_PROXY") {
                command.env_remove(&key);
            }
        }
        command
            .arg("run")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("KUBECONFIG", &settings.kubeconfig)
            .env("AWS_ENDPOINT_URL", &settings.aws)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_REGION", &settings.region)
            .env("FARGATE_OPERATOR_CLUSTER_NAME", &settings.cluster)
            .env("FARGATE_OPERATOR_TIME_SCALE", settings.time_scale.to_string())
            .env("FARGATE_OPERATOR_LISTEN", listen)
            // All operators of a bed are one pod, started again and again: none waits for the lease of the one before.
            .env("FARGATE_OPERATOR_OWN_POD", OWN_POD)
            // Its port is one for all.
            .env("FARGATE_OPERATOR_ADMIN_LISTEN", "")
            // Most tests are about what EKS says: nothing is checked beforehand, unless a test asks for it.
            .env("FARGATE_OPERATOR_DEFAULT_PREREQUISITES", "Ignore")
            .env("FARGATE_OPERATOR_LOG_FORMAT", "json")
            .env("FARGATE_OPERATOR_LOG", "info,fargate_operator=debug");
        if let Some(role) = &settings.default_role {
            command.env("FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN", role);
        }
        command.envs(settings.environment.iter().map(|(key, value)| (key, value)));
        let from = std::fs::metadata(&settings.log).map_or(0, |file| file.len());
        let mut process = GuardedChild::start(&command, &settings.log, &End::asked())?;
        let address = address(&mut process, &settings.log, from).await?;
        Ok(Self { process, address })
    }

    /// Where it serves /healthz, /readyz and /metrics.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Its process.
    pub fn process(&mut self) -> &mut GuardedChild {
        &mut self.process
    }

    /// The ids of its process and of that one's guard.
    #[must_use]
    pub fn pids(&self) -> [u32; 2] {
        [self.process.pid(), self.process.guard()]
    }
}

async fn address(process: &mut GuardedChild, log: &Path, from: u64) -> anyhow::Result<SocketAddr> {
    /// A loaded machine may take so long to start it.
    const LIMIT: Duration = Duration::from_secs(120);
    /// Whoever waits for Kubernetes longer than this is left to it.
    const PATIENCE: Duration = Duration::from_secs(30);
    let began = Instant::now();
    loop {
        let new = since(log, from);
        let lines: Vec<serde_json::Value> = new.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let address = lines.iter().filter_map(|line| line["address"].as_str()?.parse().ok()).next();
        // It still has to read from Kubernetes then, and ends if that takes too long.
        let has_begun = lines.iter().any(|line| line["message"] == "starting") || began.elapsed() > PATIENCE;
        if let Some(address) = address.filter(|_| has_begun) {
            return Ok(address);
        }
        if let Some(code) = process.ended()? {
            bail!("the operator ended with {code}: {new}");
        }
        if began.elapsed() > LIMIT {
            bail!("the operator does not say where it listens: {new}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What the log has got since it was so long; others may have filled it before.
fn since(log: &Path, from: u64) -> String {
    let mut new = Vec::new();
    let read = File::open(log).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        file.read_to_end(&mut new)
    });
    // What is not there yet cannot be read.
    read.map(|_| String::from_utf8_lossy(&new).into_owned()).unwrap_or_default()
}

/// Tests of another package do not have cargo build the operator: what has changed since it was built would not be tested.
/// Cargo lists beside a program what it was built from.
fn ensure_current(program: &Path) -> anyhow::Result<()> {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified());
    let sources = std::fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let sources = sources.split_once(": ").map(|(_, sources)| sources.trim()).unwrap_or_default();
    let built = changed(program)?;
    for source in sources.split(' ').filter(|source| !source.is_empty()) {
        // One that was moved is as good as changed.
        let newer = changed(Path::new(source)).map_or(true, |changed| changed > built);
        ensure!(!newer, "{} is older than {source}: run `cargo build` first", program.display());
    }
    Ok(())
}
