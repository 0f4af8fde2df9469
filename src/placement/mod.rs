//! Which pods an EKS profile takes, and whether they can run there. Pure: what is asked about is an argument.
//!
//! EKS decides when a pod is created, in a mutating webhook: of the profiles with a selector that matches, the one whose
//! name sorts first (EKS user guide, Fargate profile). Status, pending pods and draining ask here, so that they agree.

mod order;
mod pod;
mod selection;

pub use order::sorts_before;
pub use pod::{Controller, Pod, PodPhase};
pub use selection::{Taker, matches, taker};
