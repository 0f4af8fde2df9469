//! The planner's table: situations and the one step that each calls for.

mod approval;
mod delete_first;
mod drain;
mod handover;
mod leaving;
mod living;
mod pending;
mod random;
mod slots;
