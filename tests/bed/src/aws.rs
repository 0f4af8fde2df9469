//! The AWS command line, as a user types it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::programs;

/// The AWS command line against one endpoint.
#[derive(Clone, Debug)]
pub struct Aws {
    program: PathBuf,
    endpoint: String,
    region: String,
}

impl Aws {
    /// The pinned one, with this endpoint for every service.
    ///
    /// # Errors
    /// If it is not there; says how to get it.
    pub fn new(endpoint: &str, region: &str) -> anyhow::Result<Self> {
        Ok(Self { program: programs::python("aws")?, endpoint: endpoint.to_owned(), region: region.to_owned() })
    }

    /// Runs it with what is typed after `aws`, split at blanks, and returns what it prints; null if that is nothing.
    ///
    /// # Errors
    /// If it fails; the message is its own.
    pub fn run(&self, line: &str) -> anyhow::Result<Value> {
        let output = self
            .shell(&self.program)
            .args(line.split_whitespace())
            .args(["--output", "json"])
            .output()
            .context("starting aws")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}", errors.trim());
        if output.stdout.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&output.stdout)?) }
    }

    /// A program that finds this `aws` and its endpoint, as in a user's shell.
    #[must_use]
    pub fn shell(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("PATH", programs::beside(&self.program))
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", &self.region)
            .env("AWS_DEFAULT_REGION", &self.region)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        command
    }
}
