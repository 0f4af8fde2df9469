//! The planner's table: situations and the one step that each calls for.

mod approval;
mod delete_first;
mod deletion;
mod drain;
mod handover;
mod pending_pods;
mod present;
mod random;
mod slots;
