//! Something goes wrong around the operator, or the operator itself dies: work is finished all the same, and nothing is lost.

mod eks_waits;
pub mod fault_sweep;
mod ha;
mod outages;
mod outsiders;
mod random_edits;
mod refused;
mod restart;
mod unknown_profiles;
