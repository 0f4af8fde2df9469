//! The whole bed, with a pool of control planes for tests.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use data_plane::DataPlane;
use eks_simulator::{ClusterSettings, Control, RoleTrust, Settings, Simulator};

use crate::certificates;
use crate::control_plane::{ControlPlane, SERVICE_RANGE};
use crate::install::{self, Installed};
use crate::kubectl::Kubectl;
use crate::operator::{Operator, OperatorSettings};
use crate::port::Port;
use crate::programs;
use crate::reset::reset;
use crate::webhook::stand_in;

/// The EKS cluster that the control plane plays.
pub const CLUSTER: &str = "prod";
/// A pod execution role that EKS accepts.
pub const ROLE: &str = "arn:aws:iam::111122223333:role/fargate-pods";
/// Another one.
pub const OTHER_ROLE: &str = "arn:aws:iam::111122223333:role/fargate-pods-2";

/// How a bed is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many times as fast as EKS it runs.
    pub time_scale: f64,
    /// EKS clusters beside [`CLUSTER`].
    pub more_clusters: Vec<String>,
    /// Changes to the settings of every cluster.
    pub cluster: ClusterSettings,
    /// More environment variables for the operator.
    pub environment: Vec<(String, String)>,
    /// Fargate itself, for [`CLUSTER`]: pods that match a profile get a node and run. None by default, and then pods stay
    /// as they are made. The cluster's and the region's names are the bed's, whatever is said here.
    pub fargate: Option<data_plane::Settings>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            time_scale: 60.0,
            more_clusters: Vec::new(),
            cluster: ClusterSettings::named(CLUSTER),
            environment: Vec::new(),
            fargate: None,
        }
    }
}

/// Control plane, EKS, Fargate if it is wanted, and operator.
pub struct Bed {
    operator: Option<Operator>,
    fargate: Option<DataPlane>,
    simulator: Option<Simulator>,
    /// The simulator's.
    port: Option<Port>,
    control_plane: Option<ControlPlane>,
    installed: Installed,
    operator_settings: OperatorSettings,
    client: kube::Client,
}

/// Control planes that no test uses at the moment, and what is installed there. They end with the process, by their guards.
static POOL: Mutex<Vec<(ControlPlane, Installed)>> = Mutex::new(Vec::new());

impl Bed {
    /// A bed with an operator that runs.
    ///
    /// # Errors
    /// If something does not start; the message says what and why.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let mut bed = Self::without_operator(options).await?;
        bed.start_operator().await?;
        Ok(bed)
    }

    /// A bed whose operator does not run yet.
    ///
    /// # Errors
    /// If something does not start; the message says what and why.
    pub async fn without_operator(options: Options) -> anyhow::Result<Self> {
        let used = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (control_plane, mut installed) = match used {
            Some(used) => used,
            None => (ControlPlane::start().await?, Installed::default()),
        };
        let client = control_plane.client().await?;
        let kubectl = Kubectl::new(control_plane.programs().join("kubectl"), control_plane.kubeconfig());
        installed.complete(&client, &kubectl).await.context("installing CRD, RBAC and policies")?;
        // Before anything else makes a pod: a webhook that leads nowhere would be asked.
        reset(&client).await.context("removing what an earlier test left")?;

        let port = Port::free()?;
        let settings = Settings { listen: port.address(), ..Settings::scaled(options.time_scale) };
        let simulator = eks_simulator::start(settings).await?;
        let names: BTreeSet<String> = options.more_clusters.into_iter().chain([CLUSTER.to_owned()]).collect();
        for name in names {
            let own = name == CLUSTER;
            let mut settings = ClusterSettings { name, ..options.cluster.clone() };
            if own {
                settings.certificate_authority = certificates::base64(control_plane.authority())?;
                settings.endpoint = control_plane.url().to_owned();
                settings.service_range = Some(SERVICE_RANGE.to_owned());
            }
            simulator.add_cluster(settings);
        }
        for role in [ROLE, OTHER_ROLE] {
            simulator.set_role(role, RoleTrust::Trusted);
        }

        let region = simulator.identity().region;
        let fargate = match options.fargate {
            Some(settings) => {
                let settings = data_plane::Settings { cluster: CLUSTER.to_owned(), region: region.clone(), ..settings };
                let started = data_plane::start(client.clone(), simulator.control(), settings);
                Some(started.await.context("starting Fargate")?)
            }
            None => {
                stand_in(&client).await?;
                None
            }
        };

        let token = install::token(&client).await.context("a token for the operator")?;
        let operator_settings = OperatorSettings {
            kubeconfig: control_plane.kubeconfig_for("operator", &token)?,
            aws: simulator.url(),
            cluster: CLUSTER.to_owned(),
            region,
            time_scale: options.time_scale,
            default_role: Some(ROLE.to_owned()),
            environment: options.environment,
            listen: None,
            log: control_plane.folder().join(log()),
        };
        Ok(Self {
            operator: None,
            fargate,
            simulator: Some(simulator),
            port: Some(port),
            control_plane: Some(control_plane),
            installed,
            operator_settings,
            client,
        })
    }

    /// Starts the operator, or another one after it was stopped.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start_operator(&mut self) -> anyhow::Result<()> {
        self.operator = Some(Operator::start(&self.operator_settings).await?);
        Ok(())
    }

    /// Asks the operator to end and waits for that.
    pub fn stop_operator(&mut self) {
        self.operator = None;
    }

    /// Kills the operator without warning.
    ///
    /// # Errors
    /// If no operator runs.
    pub fn kill_operator(&mut self) -> anyhow::Result<()> {
        self.operator.take().context("no operator runs")?.process().signal("KILL")
    }

    /// The operator.
    ///
    /// # Errors
    /// If none runs.
    pub fn operator(&mut self) -> anyhow::Result<&mut Operator> {
        self.operator.as_mut().context("no operator runs")
    }

    /// How operators of this bed are started.
    pub fn operator_settings(&mut self) -> &mut OperatorSettings {
        &mut self.operator_settings
    }

    /// What the operators of this bed have logged.
    #[must_use]
    pub fn operator_log(&self) -> String {
        std::fs::read_to_string(&self.operator_settings.log).unwrap_or_default()
    }

    /// EKS.
    ///
    /// # Panics
    /// Never: a bed has its simulator until it is dropped.
    #[must_use]
    pub fn eks(&self) -> Control {
        match &self.simulator {
            Some(simulator) => simulator.control(),
            None => unreachable!("a bed has its simulator until it is dropped"),
        }
    }

    /// Fargate.
    ///
    /// # Errors
    /// If the bed was made without.
    pub fn fargate(&self) -> anyhow::Result<data_plane::Control> {
        Ok(self.fargate.as_ref().context("the bed was made without Fargate: see Options::fargate")?.control())
    }

    /// The EKS and STS endpoint.
    #[must_use]
    pub fn aws(&self) -> &str {
        &self.operator_settings.aws
    }

    /// A Kubernetes client for the admin.
    #[must_use]
    pub fn client(&self) -> kube::Client {
        self.client.clone()
    }

    /// The control plane.
    #[must_use]
    pub fn control_plane(&self) -> &ControlPlane {
        match &self.control_plane {
            Some(control_plane) => control_plane,
            None => unreachable!("a bed has its control plane until it is dropped"),
        }
    }

    /// The control plane, for tests that end and start parts of it.
    pub fn control_plane_mut(&mut self) -> &mut ControlPlane {
        match &mut self.control_plane {
            Some(control_plane) => control_plane,
            None => unreachable!("a bed has its control plane until it is dropped"),
        }
    }

    /// kubectl for the admin.
    #[must_use]
    pub fn kubectl(&self) -> Kubectl {
        let control_plane = self.control_plane();
        Kubectl::new(control_plane.programs().join("kubectl"), control_plane.kubeconfig())
    }

    /// `kubectl fargate` for the admin, who has credentials of AWS: the plugin itself, which kubectl would run with the same
    /// words.
    ///
    /// # Errors
    /// If it has not been built.
    pub fn plugin(&self) -> anyhow::Result<Command> {
        let mut command = self.kubectl().shell(programs::plugin()?);
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("AWS_") {
                command.env_remove(&key);
            }
        }
        command
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_ENDPOINT_URL", self.aws())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        Ok(command)
    }

    /// The ids of all processes of the bed, but for this one.
    #[must_use]
    pub fn pids(&self) -> Vec<u32> {
        let operator = self.operator.iter().flat_map(Operator::pids);
        self.control_plane.iter().flat_map(ControlPlane::pids).chain(operator).collect()
    }

    /// Ends everything, the control plane included, instead of leaving it to the next test. The ports are held still, for
    /// whoever wants to see that nobody listens there.
    pub fn end(mut self) -> Vec<Port> {
        self.operator = None;
        self.fargate = None;
        self.simulator = None;
        let ports = self.control_plane.take().map(ControlPlane::end).unwrap_or_default();
        ports.into_iter().chain(self.port.take()).collect()
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.operator = None;
        self.fargate = None;
        // A test that fails may leave one in any state: no other test is to fail by that.
        let is_good = |it: &mut ControlPlane| !std::thread::panicking() && it.is_whole();
        if let Some(control_plane) = self.control_plane.take_if(is_good) {
            POOL.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((control_plane, std::mem::take(&mut self.installed)));
        }
    }
}

/// A name for an operator's log that no other bed on the same control plane has had.
fn log() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    format!("operator-{}.log", COUNT.fetch_add(1, Ordering::Relaxed))
}
