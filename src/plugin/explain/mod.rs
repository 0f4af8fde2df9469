//! `explain`: why a pod is, or is not, on Fargate.
//!
//! It makes two calls for a pod: get it, and list the FargateProfiles. A workload takes one more for every 200 pods. For files only the
//! FargateProfiles are listed, and nothing with `--profiles`. If a FargateProfile has `spec.clusterName`, the Leases are listed to
//! learn the operator's cluster. If FargateProfiles do not say what takes the pod, the Leases are listed as well, and AWS is asked for
//! the EKS profiles: one list, and each of them. For a StatefulSet or Job without pods its events are listed, and for a pod whose label
//! has another value its owner is read.

mod manifests;
mod object;
mod read;
mod text;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use self::manifests::Manifest;
use super::cluster::Cluster;
use super::{Exit, Session};
use crate::explain::{Explanation, Kind, Profiles, Question, Verdict, explain};

const LONG_HELP: &str = "\
Examples:
  # Why is this pod, or why is it not, on Fargate?
  kubectl fargate explain pod checkout-7d4f9-x2x8p -n shop

  # The pods of a Deployment, and the pods that it creates next
  kubectl fargate explain deploy/checkout -n shop

  # A manifest that is not applied yet
  kubectl fargate explain -f checkout.yaml

  # Without access to a cluster
  kubectl fargate explain -f checkout.yaml --profiles profiles.yaml -o json

Exit codes:
  0  the pod is on Fargate, or would be
  1  it is not, or does not work there; or an error occurred";

#[derive(Debug, clap::Args)]
#[command(after_long_help = LONG_HELP)]
pub(super) struct Args {
    /// Pod or workload: `pod NAME`, `deploy/NAME`, `sts/NAME`, `job/NAME`, `cronjob/NAME`, …; a NAME alone is a pod.
    #[arg(value_name = "KIND/NAME", num_args = 1..=2, required_unless_present = "file", conflicts_with = "file")]
    what: Vec<String>,

    /// Manifests of pods and workloads; - is standard input.
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,

    /// File with FargateProfiles to use instead of those in the cluster. One without a status counts as ACTIVE.
    #[arg(long, value_name = "FILE", requires = "file")]
    profiles: Option<PathBuf>,

    /// Output format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    Text,
    Json,
}

pub(super) async fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let (mut questions, cluster) = match &args.file {
        Some(file) => of_file(file, args.profiles.as_deref(), session).await?,
        None => of_cluster(&args.what, session).await?,
    };
    let mut answers: Vec<Explanation> = questions.iter().map(explain).collect();
    if let Some(cluster) = cluster
        && learn_more(&mut questions, &answers, &cluster).await
    {
        answers = questions.iter().map(explain).collect();
    }
    match args.output {
        Output::Text => anstream::print!("{}", text::of(&answers, session.terminal)),
        Output::Json => anstream::println!("{}", json(&answers)?),
    }
    let is_well =
        |answer: &Explanation| matches!(answer.verdict, Verdict::OnFargate | Verdict::WouldRun | Verdict::Starting);
    Ok(if answers.iter().all(is_well) { Exit::Good } else { Exit::Bad })
}

/// Asks for what few answers need, and says whether there is any news.
async fn learn_more(questions: &mut [Question], answers: &[Explanation], cluster: &Cluster) -> bool {
    let wants_foreign = answers.iter().any(|answer| answer.wants_foreign);
    if wants_foreign {
        let found = read::eks_profiles(&cluster.client).await;
        questions.iter_mut().for_each(|question| question.profiles.beside(&found));
    }
    let mut has_labels = false;
    for (question, answer) in questions.iter_mut().zip(answers) {
        if let Some(workload) = &answer.wants_match_labels {
            question.match_labels = read::match_labels(cluster, workload).await;
            has_labels = true;
        }
    }
    wants_foreign || has_labels
}

/// One answer is an object, several are an array.
fn json(answers: &[Explanation]) -> serde_json::Result<String> {
    match answers {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(several),
    }
}

/// What is asked, and the cluster that can be asked for more.
type Asked = (Vec<Question>, Option<Cluster>);

async fn of_cluster(what: &[String], session: &Session) -> anyhow::Result<Asked> {
    let (kind, name) = named(what)?;
    let cluster = session.connection.connect().await?;
    Ok((vec![read::question(&cluster, kind, &name).await?], Some(cluster)))
}

async fn of_file(file: &Path, profiles: Option<&Path>, session: &Session) -> anyhow::Result<Asked> {
    let manifests = manifests::pods(file)?;
    if manifests.is_empty() {
        bail!("{} has no pod and no workload that makes pods", file.display());
    }
    let (profiles, namespace, cluster) = match profiles {
        Some(path) => {
            let namespace = session.connection.typed_namespace().unwrap_or("default").to_owned();
            (Profiles::Known(manifests::profiles(path)?), namespace, None)
        }
        None => {
            let cluster = session.connection.connect().await.context("--profiles FILE needs no cluster")?;
            (read::profiles(&cluster.client).await, cluster.namespace.clone(), Some(cluster))
        }
    };
    let now = Timestamp::now();
    let question = |manifest: &Manifest| manifest.question(file, &namespace, profiles.clone(), now);
    Ok((manifests.iter().map(question).collect::<anyhow::Result<_>>()?, cluster))
}

/// Kind and name, as kubectl takes them.
fn named(what: &[String]) -> anyhow::Result<(Kind, String)> {
    let (kind, name) = match what {
        [one] => match one.split_once('/') {
            Some((kind, name)) => (kind, name),
            None => ("pod", one.as_str()),
        },
        [kind, name] if !kind.contains('/') && !name.contains('/') => (kind.as_str(), name.as_str()),
        _ => bail!("name one pod or workload, such as deploy/checkout"),
    };
    let Some(known) = Kind::typed(kind) else {
        bail!("{kind} is no kind that makes pods: pod, deploy, sts, ds, rs, rc, job and cronjob are known");
    };
    if name.is_empty() {
        bail!("{kind}/ has no name: write {kind}/NAME");
    }
    Ok((known, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_once_are_refused() {
        let words = ["pod/a".to_owned(), "deploy/b".to_owned()];
        assert!(named(&words).unwrap_err().to_string().starts_with("name one pod or workload"));
    }

    #[test]
    fn what_is_asked_about_is_typed_as_kubectl_takes_it() {
        let typed = |words: &[&str]| named(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        for (words, kind, name) in [
            (&["checkout"][..], Kind::Pod, "checkout"),
            (&["pod/checkout"], Kind::Pod, "checkout"),
            (&["po", "checkout"], Kind::Pod, "checkout"),
            (&["deploy/web"], Kind::Deployment, "web"),
            (&["deployments.apps/web"], Kind::Deployment, "web"),
            (&["sts", "db"], Kind::StatefulSet, "db"),
            (&["cj/nightly"], Kind::CronJob, "nightly"),
        ] {
            assert_eq!(typed(words).unwrap(), (kind, name.to_owned()), "{words:?}");
        }
        assert!(typed(&["svc/web"]).unwrap_err().to_string().contains("svc is no kind that makes pods"));
        assert!(typed(&["deploy/"]).unwrap_err().to_string().contains("deploy/NAME"));
    }
}
