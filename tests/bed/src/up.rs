//! `bed up`: a bed that runs until it is stopped.

use std::io::{self, Write};

use anyhow::Context;
use bed::bed::CLUSTER;
use bed::{Bed, Options};

use crate::Stop;
use crate::run_folder::RunFolder;

/// Runs a bed until it is asked to stop.
///
/// # Errors
/// If another bed runs here, or something does not start.
pub(crate) async fn run(scale: u16) -> anyhow::Result<()> {
    hold(scale, async |_| Ok(())).await
}

/// Runs a bed until it is asked to stop: first `story` takes place on it, then people are told how to reach it.
///
/// # Errors
/// If another bed runs here, something does not start, or the story does not go well.
pub(crate) async fn hold(scale: u16, story: impl AsyncFnOnce(&mut Bed) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut stop = Stop::caught()?;
    let folder = RunFolder::take()?;
    let mut bed = tokio::select! {
        begun = begin(scale) => begun?,
        () = stop.asked() => return farewell(),
    };
    bed.operator_settings().log = folder.log();
    let stays = async {
        bed.start_operator().await?;
        story(&mut bed).await?;
        invite(&mut bed, &folder)?;
        std::future::pending().await
    };
    let outcome = tokio::select! {
        outcome = stays => outcome,
        () = stop.asked() => farewell(),
    };
    drop(bed.end());
    outcome
}

/// Starts control plane, simulator and Fargate.
///
/// # Errors
/// If something does not start.
pub(crate) async fn begin(scale: u16) -> anyhow::Result<Bed> {
    writeln!(io::stdout(), "Starting the Kubernetes control plane, the EKS simulator, Fargate and the operator …\n")?;
    let fargate = Some(data_plane::Settings::default());
    // As in an installation.
    let environment = vec![("FARGATE_OPERATOR_DEFAULT_PREREQUISITES".to_owned(), "Enforce".to_owned())];
    Bed::without_operator(Options { time_scale: f64::from(scale), fargate, environment, ..Options::default() }).await
}

/// Says how to reach the bed.
fn invite(bed: &mut Bed, folder: &RunFolder) -> anyhow::Result<()> {
    let region = bed.operator_settings().region.clone();
    folder.furnish(bed, &region)?;
    let (api, eks) = (bed.control_plane().url().to_owned(), bed.aws().to_owned());
    let scale = bed.operator_settings().time_scale;
    let role = bed.operator_settings().default_role.clone().unwrap_or_else(|| "made by the operator".to_owned());
    let operator = bed.operator()?.address();
    write!(
        io::stdout(),
        "\
The bed is up, {scale} times as fast as EKS.

  Kubernetes API       {api}
  EKS and STS          {eks} (cluster {CLUSTER}, region {region})
  EKS control and log  {eks}/_simulator
  operator             http://{operator}/metrics, /healthz, /readyz
  its log              .bed/operator.log
  pod execution role   {role}

  export KUBECONFIG=$PWD/.bed/kubeconfig     (or use .bed/kubectl, which has it)
  . .bed/env                                 (the same, and what AWS tools need:)
    AWS_ENDPOINT_URL={eks} AWS_REGION={region}
    AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test

To try:

  .bed/kubectl apply -f {}
  .bed/kubectl get fp -w
  .bed/kubectl describe fp fp-dev
  .bed/kubectl create deployment web --image=web --replicas=3
  .bed/kubectl get pods -o wide -w
  .bed/kubectl fargate explain deployment web
  .bed/kubectl fargate status
  (. .bed/env; aws eks list-fargate-profiles --cluster-name {CLUSTER})
  curl -s {eks}/_simulator/clusters/{CLUSTER}

Pods that a profile selects run, each on a node fargate-ip-… of its own, with nothing in them. Others stay Pending, as in a
cluster without EC2 nodes; so do those that were there before their profile was ACTIVE, until somebody deletes them.

Ctrl-C here, or `make down` elsewhere, ends all of it.
",
        crate::demo::PROFILES
    )
    .context("writing to standard output")
}

/// Says that the end has begun, on a line of its own after a terminal's `^C`.
fn farewell() -> anyhow::Result<()> {
    writeln!(io::stdout(), "\nending all of it …").context("writing to standard output")
}
