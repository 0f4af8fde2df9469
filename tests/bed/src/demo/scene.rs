//! What a step of the story can do and wait for.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bed::{Bed, OperatorSettings};
use eks_simulator::Control;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, DynamicObject};
use kube::core::GroupVersionKind;
use kube::discovery::ApiResource;
use kube::runtime::wait::await_condition;

use serde_json::Value;

use super::page::Page;
use super::view::{Lowest, View};

/// Columns of an answer, which the page indents.
const ANSWER: usize = 76;

/// A bed with an audience.
pub(super) struct Scene<'a> {
    bed: &'a mut Bed,
    page: Page,
    objects: Api<DynamicObject>,
    pause: Duration,
    limit: Duration,
    checked: usize,
    lowest: Lowest,
    _view: View,
}

impl<'a> Scene<'a> {
    /// Begins to show what happens on the bed. `pause` is for reading, before each thing that happens.
    pub(super) fn on(bed: &'a mut Bed, page: Page, pause: Duration) -> Self {
        let kind = GroupVersionKind::gvk("fargate-operator.dev", "v1alpha1", "FargateProfile");
        let objects = Api::all_with(bed.client(), &ApiResource::from_gvk(&kind));
        // Half an hour of EKS's time is more than any step takes; the rest is for a loaded machine.
        let limit = Duration::from_secs(60) + Duration::from_secs(1800).div_f64(bed.eks().time_scale());
        let lowest = Lowest::default();
        let view = View::of(bed, &page, &lowest);
        Self { bed, page, objects, pause, limit, checked: 0, lowest, _view: view }
    }

    /// Begins a step.
    pub(super) async fn step(&self, title: &str, why: &str) -> anyhow::Result<()> {
        self.page.step(title, why)?;
        tokio::time::sleep(self.pause).await;
        Ok(())
    }

    /// The bed.
    pub(super) fn bed(&self) -> &Bed {
        self.bed
    }

    /// Has the operator start anew, with other settings.
    pub(super) async fn restart(&mut self, settings: impl FnOnce(&mut OperatorSettings)) -> anyhow::Result<()> {
        self.bed.stop_operator();
        settings(self.bed.operator_settings());
        self.bed.start_operator().await
    }

    /// EKS.
    pub(super) fn eks(&self) -> Control {
        self.bed.eks()
    }

    /// How many claims have held.
    pub(super) fn checked(&self) -> usize {
        self.checked
    }

    /// Runs kubectl, and shows it and what it prints.
    pub(super) fn kubectl(&self, words: &[&str]) -> anyhow::Result<()> {
        let shown: Vec<String> = ["kubectl"].iter().chain(words).map(|word| quoted(word)).collect();
        // Paths are shown as seen from the repository, and used as seen from anywhere.
        let path = |word: &&str| match *word {
            super::PROFILES | super::WEB | super::LATE | super::SHOP | super::FIRST | super::RIGHTS => {
                bed::programs::repository().join(word).display().to_string()
            }
            other => other.to_owned(),
        };
        let words: Vec<String> = words.iter().map(path).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let run = || tokio::task::block_in_place(|| self.bed.kubectl().words(&words));
        self.page.command(&shown, run)
    }

    /// Runs `kubectl fargate explain`, and shows it and what it prints. Returns the same answer as JSON.
    pub(super) fn explain(&self, words: &[&str]) -> anyhow::Result<Value> {
        let shown: Vec<String> =
            ["kubectl", "fargate", "explain"].iter().chain(words).map(|word| quoted(word)).collect();
        self.page.command(&shown, || self.answer(words))?;
        Ok(serde_json::from_str(&self.answer(&[words, &["-o", "json"]].concat())?)?)
    }

    /// What the plugin prints. It ends with 1 where the answer is no.
    fn answer(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = self.bed.plugin()?;
        command.arg("explain").args(words).env("COLUMNS", ANSWER.to_string());
        let output = tokio::task::block_in_place(|| command.output())?;
        ensure!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs a command as it was printed, and shows it and what it prints.
    pub(super) fn as_printed(&self, command: &str) -> anyhow::Result<()> {
        let run = || {
            let output = tokio::task::block_in_place(|| self.bed.kubectl().shell("sh").args(["-c", command]).output())?;
            ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Ok(String::from_utf8(output.stdout)?)
        };
        self.page.command(&[command.to_owned()], run)
    }

    /// Waits until the present generation of the object is Ready and nothing goes on any more.
    pub(super) async fn settled(&self, name: &str) -> anyhow::Result<DynamicObject> {
        let object = self.until(name, "settled", |object| object.is_some_and(is_settled)).await?;
        object.with_context(|| format!("{name} is there no longer"))
    }

    /// Waits until the object is stalled, and returns the reason and the message.
    pub(super) async fn stalled(&self, name: &str) -> anyhow::Result<(String, String)> {
        let object = self.until(name, "stalled", |object| object.is_some_and(|it| stall(it).is_some())).await?;
        object.as_ref().and_then(stall).with_context(|| format!("{name} is there no longer"))
    }

    /// Waits until all pods of the Deployment are available.
    pub(super) async fn whole(&self, namespace: &str, deployment: &str) -> anyhow::Result<()> {
        let deployments: Api<Deployment> = Api::namespaced(self.bed.client(), namespace);
        let is_whole = |found: Option<&Deployment>| {
            let available = found.and_then(|found| found.status.as_ref()?.available_replicas);
            available.is_some() && available == found.and_then(|found| found.spec.replicas)
        };
        let waiting = await_condition(deployments, deployment, is_whole);
        match tokio::time::timeout(self.limit, waiting).await {
            Ok(found) => Ok(found.map(|_| ())?),
            Err(_) => bail!("not all pods of {deployment} are available after {:?}:\n{}", self.limit, self.traces()),
        }
    }

    /// The fewest pods of the Deployment that were available at once, since all were for the first time.
    pub(super) fn lowest(&self, deployment: &str) -> Option<i32> {
        self.lowest.get(deployment)
    }

    /// Waits until the object is gone.
    pub(super) async fn gone(&self, name: &str) -> anyhow::Result<()> {
        self.until(name, "gone", |object| object.is_none()).await.map(|_| ())
    }

    /// Lets what is under way be seen before claims are made about it.
    pub(super) async fn quiet(&self) {
        self.page.quiet().await;
    }

    /// Makes a claim and says that it holds.
    pub(super) fn claim(&mut self, claim: &str, holds: bool) -> anyhow::Result<()> {
        if !holds {
            bail!("this should be so, and is not: {claim}\n{}", self.traces());
        }
        self.checked += 1;
        Ok(self.page.checked(claim)?)
    }

    async fn until(
        &self,
        name: &str,
        what: &str,
        condition: impl Fn(Option<&DynamicObject>) -> bool,
    ) -> anyhow::Result<Option<DynamicObject>> {
        match tokio::time::timeout(self.limit, await_condition(self.objects.clone(), name, condition)).await {
            Ok(found) => Ok(found?),
            Err(_) => {
                let last = self.objects.get_opt(name).await?;
                let last = serde_json::to_string_pretty(&last.map(|object| object.data))?;
                bail!("{name} is not {what} after {:?}:\n{last}\n{}", self.limit, self.traces())
            }
        }
    }

    /// What tells why something went wrong.
    fn traces(&self) -> String {
        let log = self.bed.operator_log();
        let lines: Vec<&str> = log.lines().collect();
        let profiles = serde_json::to_string_pretty(&self.eks().profiles(bed::bed::CLUSTER)).unwrap_or_default();
        format!(
            "\nEKS has: {profiles}\n\nthe operator's log ends:\n{}",
            lines[lines.len().saturating_sub(30)..].join("\n")
        )
    }
}

/// Name and ARN of the EKS profile that serves an object.
pub(super) fn serving(object: &DynamicObject) -> anyhow::Result<(String, String)> {
    let profile = &object.data["status"]["profile"];
    let text = |field: &str| profile[field].as_str().unwrap_or_default().to_owned();
    let (name, arn) = (text("name"), text("arn"));
    ensure!(!name.is_empty() && !arn.is_empty(), "status.profile names no EKS profile: {profile}");
    Ok((name, arn))
}

fn is_settled(object: &DynamicObject) -> bool {
    let status = &object.data["status"];
    let is = |kind: &str| {
        let mut conditions = status["conditions"].as_array().into_iter().flatten();
        conditions.any(|condition| condition["type"] == kind && condition["status"] == "True")
    };
    status["observedGeneration"].as_i64() == object.metadata.generation
        && is("Ready")
        && !is("Reconciling")
        && !is("Stalled")
}

/// Reason and message of `Stalled` for the present generation.
fn stall(object: &DynamicObject) -> Option<(String, String)> {
    let status = &object.data["status"];
    let stalled = status["conditions"]
        .as_array()?
        .iter()
        .find(|condition| condition["type"] == "Stalled" && condition["status"] == "True")?;
    let text = |field: &str| stalled[field].as_str().unwrap_or_default().to_owned();
    let is_current = status["observedGeneration"].as_i64() == object.metadata.generation;
    is_current.then(|| (text("reason"), text("message")))
}

/// As it would be typed.
fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,".contains(c));
    if plain { word.to_owned() } else { format!("'{word}'") }
}
