//! Tables of situations, each with the one step that it calls for.

mod approval;
mod default_subnets;
mod delete_first;
mod deletion;
mod drain;
mod handover;
mod mending;
mod pending_pods;
mod prerequisites;
mod present;
mod random;
mod slots;
