//! What AWS shows, with the user's credentials.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;

use super::kubernetes::installation_id;
use super::{Missed, Objects, Read};
use crate::api::Reason;
use crate::eks::{Profile, SdkEks};
use crate::failure::Failure;
use crate::intervals::DEFAULTS;
use crate::observe::{EksSnapshot, Found, ProfileCache};
use crate::plugin::aws::{session, told};
use crate::plugin::installation::Installation;
use crate::time::Clock;

#[derive(Clone, Debug)]
pub(in super::super) enum Aws {
    /// Why AWS was not asked.
    Skipped(String),
    /// It was not asked, for want of credentials that it takes: what is wrong with them.
    NoCredentials(String),
    Asked {
        caller: Read<Caller>,
        region: String,
        clusters: Vec<EksCluster>,
        /// The tag of this installation's EKS profiles.
        installation: Read<String>,
    },
}

/// Who the credentials belong to, according to AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Caller {
    pub(in super::super) arn: String,
}

/// An EKS cluster.
#[derive(Clone, Debug)]
pub(in super::super) struct EksCluster {
    pub(in super::super) name: String,
    /// None if it is not there.
    pub(in super::super) seen: Read<Option<Seen>>,
}

/// What EKS shows of a cluster.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Seen {
    pub(in super::super) profiles: Vec<Profile>,
    /// Names of profiles that could not be described.
    pub(in super::super) undescribed: Vec<String>,
}

pub(super) async fn look(client: &Client, operator: Option<&Installation>, objects: Option<&Objects>) -> Aws {
    let Some(operator) = operator else {
        return Aws::Skipped("no operator was found that says in which region to look".to_owned());
    };
    let Some(record) = &operator.record else {
        let why = "the operator's Lease does not say which region the operator works in";
        return Aws::Skipped(why.to_owned());
    };
    let session = session(&record.region).await;
    let eks = Arc::new(SdkEks::new(&session));
    let caller = match eks.caller().await {
        Err(failure) if failure.reason == Reason::NoCredentials => {
            return Aws::NoCredentials(failure.code.unwrap_or_else(|| "none found".to_owned()));
        }
        answer => answer.map(|arn| Caller { arn }).map_err(missed),
    };
    if let Err(Missed { is_refused: false, .. }) = caller {
        // Further calls would fail in the same way, after as long a wait.
        let (clusters, installation) = (Vec::new(), Ok(String::new()));
        return Aws::Asked { caller, region: record.region.clone(), clusters, installation };
    }
    let mut names = BTreeSet::from([record.defaults.cluster_name.as_str()]);
    let readable = objects.map(|objects| objects.readable.as_slice()).unwrap_or_default();
    names.extend(readable.iter().map(|object| record.defaults.cluster_of(&object.spec)));
    let clusters = names.into_iter().map(|name| cluster(&eks, name));
    let (clusters, installation) = futures::join!(futures::future::join_all(clusters), installation_id(client));
    Aws::Asked { caller, region: record.region.clone(), clusters, installation: installation.map_err(Missed::from) }
}

async fn cluster(eks: &Arc<SdkEks>, name: &str) -> EksCluster {
    let cache = ProfileCache::new(name.to_owned(), eks.clone(), Clock::start(), DEFAULTS.describe_again);
    let seen = cache.get(Duration::ZERO, &[]).await.map(|look| seen(&look)).map_err(missed);
    EksCluster { name: name.to_owned(), seen }
}

fn seen(look: &EksSnapshot) -> Option<Seen> {
    match look.cluster {
        Found::Missing { .. } => None,
        Found::Cluster(_) => {
            Some(Seen { profiles: look.profiles.clone(), undescribed: look.undescribed.keys().cloned().collect() })
        }
    }
}

fn missed(failure: Failure) -> Missed {
    Missed { is_refused: failure.reason == Reason::AccessDenied, why: told(&failure) }
}
