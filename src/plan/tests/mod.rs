//! The planner's table: situations and the one step that each calls for.

mod approval;
mod delete_first;
mod leaving;
mod living;
mod random;
mod slots;
