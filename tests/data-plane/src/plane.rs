//! All parts together.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use futures::{Stream, StreamExt, stream};
use kube::Client;
use kube::runtime::events::{Recorder, Reporter};
use tokio::sync::watch as channel;
use tokio::task::JoinSet;

use crate::control::Control;
use crate::lives::Lives;
use crate::names::SCHEDULER;
use crate::profiles::Profiles;
use crate::record::{Entry, Record};
use crate::settings::{Settings, Switches};
use crate::webhook::Endpoint;
use crate::{coredns, ec2, pass, watch, webhook};

/// What all parts share.
pub(crate) struct Plane {
    pub(crate) client: Client,
    pub(crate) eks: eks_simulator::Control,
    pub(crate) cluster: String,
    pub(crate) region: String,
    pub(crate) profiles: Profiles,
    pub(crate) lives: Lives,
    pub(crate) events: Recorder,
    pub(crate) webhook: Endpoint,
    pub(crate) switches: channel::Sender<Switches>,
    /// How many ordinary nodes there are.
    pub(crate) ec2: channel::Sender<usize>,
    /// How many updates of CoreDNS's add-on have been seen to.
    pub(crate) addon: channel::Sender<u64>,
    pub(crate) record: Mutex<Record>,
    /// The record's length, for those who wait.
    pub(crate) written: channel::Sender<usize>,
}

impl Plane {
    pub(crate) fn switches(&self) -> Switches {
        self.switches.borrow().clone()
    }

    pub(crate) fn write(&self, entry: Entry) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.entries.push(entry);
        let length = record.entries.len();
        // Whoever is woken by it wants the record.
        drop(record);
        self.written.send_replace(length);
    }

    /// Yields whenever something changes that may concern every pod.
    pub(crate) fn stirs(self: &Arc<Self>) -> impl Stream<Item = ()> + Send + 'static {
        let profiles = stream::unfold((Arc::clone(self), 0), async |(plane, mut seen)| {
            plane.profiles.changed(&mut seen).await;
            Some(((), (plane, seen)))
        });
        stream::select(profiles.boxed(), stream::select(changes(&self.switches).boxed(), changes(&self.ec2).boxed()))
    }
}

fn changes<T: Send + Sync + 'static>(of: &channel::Sender<T>) -> impl Stream<Item = ()> + Send + use<T> {
    stream::unfold(of.subscribe(), async |mut changes| changes.changed().await.ok().map(|()| ((), changes)))
}

/// A running data plane. Dropping it ends it at once and leaves the webhook's configuration and the nodes behind, which
/// then lead nowhere: who uses the cluster again removes them first, as the bed does.
pub struct DataPlane {
    control: Control,
    _tasks: JoinSet<()>,
}

/// Starts a data plane on a cluster for whose admin `client` speaks. When this returns, pods that are created
/// are labelled.
///
/// # Errors
/// If the webhook cannot be set up, or the API server does not call it.
pub async fn start(client: Client, eks: eks_simulator::Control, settings: Settings) -> anyhow::Result<DataPlane> {
    let mut tasks = JoinSet::new();
    let (endpoint, server) = webhook::prepare(&settings).await.context("preparing the webhook")?;
    let reporter = Reporter { controller: SCHEDULER.to_owned(), instance: None };
    let plane = Arc::new(Plane {
        events: Recorder::new(client.clone(), reporter),
        profiles: Profiles::new(eks.clone(), &settings.cluster),
        client,
        eks,
        cluster: settings.cluster,
        region: settings.region,
        lives: Lives::default(),
        webhook: endpoint,
        switches: channel::Sender::new(settings.switches),
        ec2: channel::Sender::new(0),
        addon: channel::Sender::new(0),
        record: Mutex::default(),
        written: channel::Sender::new(0),
    });
    tasks.spawn(server.run(Arc::clone(&plane)));
    tasks.spawn(watch::run(Arc::clone(&plane)));
    tasks.spawn(pass::run(Arc::clone(&plane)));
    tasks.spawn(coredns::run(Arc::clone(&plane)));
    ec2::have(&plane, settings.ec2).await.context("making nodes")?;
    let control = Control::of(plane);
    control.webhook(settings.webhook).await?;
    Ok(DataPlane { control, _tasks: tasks })
}

impl DataPlane {
    /// What a test can do to it and learn from it.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }
}
