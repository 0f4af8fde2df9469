//! AWS, with the user's credentials.

use std::time::Duration;

use crate::api::Reason;
use crate::aws::{SdkSettings, Session};
use crate::eks::{Described, Profile, SdkEks};
use crate::failure::Failure;
use crate::intervals::DEFAULTS;
use crate::state::InstallationRecord;
use crate::telemetry::metrics::Metrics;

/// An EKS cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) region: String,
    pub(super) cluster: String,
}

impl Place {
    /// The cluster of an operator.
    pub(super) fn of(record: InstallationRecord) -> Self {
        Self { region: record.region, cluster: record.defaults.cluster_name }
    }
}

/// A session in this region. Nothing is asked yet.
pub(super) async fn session(region: &str) -> Session {
    let settings = SdkSettings {
        region: region.to_owned(),
        operation_timeout: DEFAULTS.operation_timeout,
        retry_backoff: Duration::from_millis(500),
    };
    Session::load(&settings, Metrics::new(env!("CARGO_PKG_VERSION"))).await
}

/// The profiles of a cluster. If some cannot be described, a line on standard error says why, and only their names are known.
///
/// # Errors
/// Why they are not known.
pub(super) async fn profiles(place: &Place) -> Result<Vec<Profile>, String> {
    let eks = SdkEks::new(&session(&place.region).await);
    let described = Described::all(&eks, &place.cluster).await.map_err(|failure| match failure.reason {
        Reason::ClusterNotFound => format!(
            "AWS knows no EKS cluster {} in {}: are your AWS credentials of its account, and is that its region?",
            place.cluster, place.region
        ),
        _ => told(&failure),
    })?;
    if let Some(failure) = described.undescribed.values().next() {
        anstream::eprintln!("of some Fargate profiles only the names are known: {}", told(failure));
    }
    let named = described.undescribed.keys().map(|name| Profile::named(name));
    Ok(described.profiles.into_iter().chain(named).collect())
}

/// Why AWS does not say it. The advice in the failure is for the operator.
pub(super) fn told(failure: &Failure) -> String {
    let operation = failure.operation;
    match (failure.reason, &failure.code) {
        (Reason::AccessDenied, _) => format!("your AWS credentials do not allow eks:{operation}"),
        (Reason::NoCredentials, _) => {
            "no valid AWS credentials were found: log in to AWS, or set AWS_PROFILE".to_owned()
        }
        (_, Some(code)) => format!("AWS answered {operation} with {code}"),
        (_, None) => format!("AWS does not answer {operation} from here: proxy or VPN?"),
    }
}
