//! The simulator as a program: prints its URL as the first line and runs until SIGTERM or SIGINT.

#![forbid(unsafe_code)]

use std::{
    io::{self, Write},
    net::SocketAddr,
    time::Duration,
};

use clap::Parser;
use eks_simulator::{ClusterSettings, Durations, Quotas, Settings, start};
use tokio::signal::unix::{SignalKind, signal};

/// An Amazon EKS for Fargate profiles on loopback, for tests and demonstrations.
///
/// Prints its URL as the first line. Point AWS tools at it with `--endpoint-url` or `AWS_ENDPOINT_URL`; any
/// credentials will do. What else can be set, and the log, are under `/_simulator` (see the README).
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address and port to listen on; port 0 takes a free one. There is no authentication: keep it on loopback
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// How many times faster than the wall clock the service runs; 0 stands still
    #[arg(long, default_value_t = 1.0)]
    time_scale: f64,
    /// The AWS account
    #[arg(long, default_value = "111122223333")]
    account: String,
    /// The AWS region
    #[arg(long, default_value = "eu-central-1")]
    region: String,
    /// Seed of identifiers and of the spread of durations
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// An ACTIVE cluster to begin with; may be given several times
    #[arg(long = "cluster", value_name = "NAME")]
    clusters: Vec<String>,
    /// Unscaled seconds that a profile of these clusters is CREATING
    #[arg(long, value_parser = seconds, default_value = "300")]
    creating: Duration,
    /// Unscaled seconds that a profile of these clusters is DELETING
    #[arg(long, value_parser = seconds, default_value = "120")]
    deleting: Duration,
    /// Draw both from within this fraction around them
    #[arg(long, default_value_t = 0.0)]
    spread: f64,
    /// Unscaled seconds of hidden cluster update after each profile that becomes ACTIVE
    #[arg(long, value_parser = seconds, default_value = "0")]
    hidden_update_after_active: Duration,
    /// How many profiles each of these clusters may have
    #[arg(long, default_value_t = 10)]
    profile_quota: usize,
    /// Certificate authority (base64) of these clusters; made up if absent
    #[arg(long, default_value = "")]
    certificate_authority: String,
    /// URL of the Kubernetes API of these clusters; made up if absent
    #[arg(long, default_value = "")]
    endpoint: String,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let simulator = start(Settings {
        listen: arguments.listen,
        time_scale: arguments.time_scale,
        account: arguments.account.clone(),
        region: arguments.region.clone(),
        seed: arguments.seed,
        ..Settings::default()
    })
    .await?;
    for name in &arguments.clusters {
        simulator.add_cluster(cluster(name, &arguments));
    }
    writeln!(io::stdout(), "{}", simulator.url())?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    simulator.stop().await;
    Ok(())
}

fn cluster(name: &str, arguments: &Arguments) -> ClusterSettings {
    ClusterSettings {
        certificate_authority: arguments.certificate_authority.clone(),
        endpoint: arguments.endpoint.clone(),
        quotas: Quotas { profiles: arguments.profile_quota, ..Quotas::default() },
        durations: Durations {
            creating: arguments.creating,
            deleting: arguments.deleting,
            spread: arguments.spread,
            hidden_update_after_active: arguments.hidden_update_after_active,
            ..Durations::default()
        },
        ..ClusterSettings::named(name)
    }
}
