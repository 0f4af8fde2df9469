//! Which pods an EKS profile takes, whether they can run there, where they are, and what keeps them from working. Pure.
//!
//! EKS decides when a pod is created, in a mutating webhook: of the profiles with a matching selector, it takes the one
//! whose name sorts first (EKS user guide, Fargate profile). Status, pending pods and draining all ask here, so they
//! agree.

mod advice;
mod dns;
mod fitness;
mod issue;
mod limits;
mod logging;
mod order;
mod place;
mod pod;
mod quantity;
mod selection;
mod size;
mod spec;
mod steering;

pub use dns::{ClusterDns, DnsService, serves_dns};
pub(crate) use fitness::{serves_kubelet_port, unfit};
pub(crate) use issue::gist;
pub use issue::{Issue, IssueCause};
pub(crate) use limits::unequal_limits;
pub use logging::Logging;
pub(crate) use order::sorts_before;
pub(crate) use place::FARGATE_SCHEDULER;
pub use place::Place;
pub(crate) use pod::Remakes;
pub use pod::{Controller, Pod, PodPhase};
pub(crate) use selection::{Taker, could_share, covers, has_wildcard, have_in_common, is_like, matches, taker};
pub(crate) use size::millicpu;
pub(crate) use spec::PodSpec;
pub(crate) use steering::steering;
