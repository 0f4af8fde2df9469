//! kubectl, as a user types it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, ensure};

use crate::programs::{self, LAZY_COLLECTION};

/// kubectl against one API server.
#[derive(Clone, Debug)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    /// The program.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The kubectl at `program`, with this kubeconfig.
    #[must_use]
    pub fn new(program: PathBuf, kubeconfig: PathBuf) -> Self {
        Self { program, kubeconfig }
    }

    /// Runs it with what is typed after `kubectl`, split at blanks, and returns what it prints.
    ///
    /// # Errors
    /// If it fails; the message is its own.
    pub fn run(&self, line: &str) -> anyhow::Result<String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        self.finish(&words, "")
    }

    /// Runs it with these words.
    ///
    /// # Errors
    /// If it fails; the message is its own.
    pub fn words(&self, words: &[&str]) -> anyhow::Result<String> {
        self.finish(words, "")
    }

    /// `kubectl apply -f -` with this text.
    ///
    /// # Errors
    /// If the API server refuses it; the message is its own.
    pub fn apply(&self, yaml: &str) -> anyhow::Result<String> {
        self.finish(&["apply", "-f", "-"], yaml)
    }

    /// Runs it with these words and `input` on its standard input.
    ///
    /// # Errors
    /// If it fails; the message is its own.
    pub fn input(&self, words: &[&str], input: &str) -> anyhow::Result<String> {
        self.finish(words, input)
    }

    /// The same, but returns the API server's warnings.
    ///
    /// # Errors
    /// If it fails; the message is its own.
    pub fn warnings(&self, words: &[&str], input: &str) -> anyhow::Result<Vec<String>> {
        let errors = String::from_utf8(self.success(words, input)?.stderr)?;
        Ok(errors.lines().filter_map(|line| line.strip_prefix("Warning: ")).map(str::to_owned).collect())
    }

    fn finish(&self, words: &[&str], input: &str) -> anyhow::Result<String> {
        Ok(String::from_utf8(self.success(words, input)?.stdout)?)
    }

    fn success(&self, words: &[&str], input: &str) -> anyhow::Result<Output> {
        let output = self.output(words, input)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}", errors.trim());
        Ok(output)
    }

    /// The command, to be run by the caller.
    #[must_use]
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = self.shell(&self.program);
        command.args(words);
        command
    }

    /// Another program that finds this kubectl and its cluster, as in a user's shell.
    #[must_use]
    pub fn shell(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("PATH", programs::beside(&self.program))
            .env(LAZY_COLLECTION.0, LAZY_COLLECTION.1)
            .env("KUBECONFIG", &self.kubeconfig)
            // Nothing is read from or written to the user's home.
            .env("KUBECACHEDIR", self.kubeconfig.with_extension("cache"))
            .env("KUBERC", "off");
        command
    }

    fn output(&self, words: &[&str], input: &str) -> anyhow::Result<Output> {
        let mut child = self
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting kubectl")?;
        child.stdin.take().context("kubectl has no input")?.write_all(input.as_bytes())?;
        Ok(child.wait_with_output()?)
    }
}
