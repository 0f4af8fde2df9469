//! The life of an object: created, changed under each strategy, approved, adopted, deleted.

mod approval;
mod creation;
mod default_subnets;
mod delete_first;
mod delete_first_refused;
mod edit_on_edit;
mod ownership;
mod replacement;
