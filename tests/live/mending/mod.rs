//! What the operator mends by itself, where the install asks for it: the pod execution role, access entries, CoreDNS. What it made goes
//! again, what it changed is put back, and what is somebody else's is left alone.

mod access_entry;
pub mod coredns;
mod interrupted;
mod meanwhile;
mod role;
mod whole;

use bed::testing::{MENDING, managed_role as role_arn};
use bed::{Bed, CLUSTER, Options};
use eks_simulator::{Control, Role};
use fargate_operator::api::FargateProfile;

use crate::faults::fault_sweep::Stage;
use crate::prerequisites::with_checks;
use crate::support::drains::fargate;
use crate::support::speeds::{SCALE, swift};
use crate::support::{BedExt, events, until_async};

/// An operator that mends everything, in an account that has no role but those of the cluster.
pub fn mending(time_scale: f64) -> Options {
    let mut options = with_checks(fargate(time_scale));
    options.cluster.authentication_mode = "API".to_owned();
    let no_other = ("FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN", "");
    let settings = MENDING.into_iter().chain([no_other]);
    options.environment.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
    options
}

/// A bed with such an operator.
async fn mended(time_scale: f64) -> Bed {
    mended_with(mending(time_scale)).await
}

pub async fn mended_with(options: Options) -> Bed {
    let mut bed = unstarted(options).await;
    bed.start_operator().await.unwrap();
    bed
}

/// The same, before the operator runs.
async fn unstarted(options: Options) -> Bed {
    let bed = Bed::without_operator(options).await.unwrap();
    may_move(&bed, "kube-system", "coredns");
    bed.eks().change_role_settings(|roles| roles.only_known = true);
    bed
}

/// A bed whose operator goes through proxies and is kept running, with EC2 nodes, and as fast as a life is to be seen many times.
async fn staged() -> Stage {
    let mut options = mending(SCALE);
    options.environment.extend(swift().environment);
    options.fargate.as_mut().unwrap().ec2 = 2;
    Stage::on(unstarted(options).await).await
}

/// Gives the operator the rights of deploy/mending, for this Deployment.
pub fn may_move(bed: &Bed, namespace: &str, name: &str) {
    for manifest in [
        include_str!("../../../deploy/mending/coredns-role.yaml"),
        include_str!("../../../deploy/mending/coredns-binding.yaml"),
    ] {
        let manifest = manifest.replace("namespace: kube-system", &format!("namespace: {namespace}"));
        bed.kubectl().apply(&manifest.replace("[coredns]", &format!("[{name}]"))).unwrap();
    }
}

fn managed(bed: &Bed) -> Option<Role> {
    bed.eks().role(&role_arn(bed))
}

fn has_entry(eks: &Control, role: &str) -> bool {
    eks.cluster_settings(CLUSTER).unwrap().access_entries.contains_key(role)
}

/// Waits until an event of this object says that something was mended.
async fn told(bed: &Bed, object: &FargateProfile, note: &str) {
    until_async(&format!("the event Mended: {note}"), async || {
        let events = events(bed, object).await;
        events.iter().any(|event| event.reason.as_deref() == Some("Mended") && event.note.as_deref() == Some(note))
    })
    .await;
}

/// The object as it is now.
async fn object(bed: &Bed, name: &str) -> FargateProfile {
    bed.profiles().get(name).await.unwrap()
}
