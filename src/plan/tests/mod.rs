//! The planner's table: situations and the one step that each calls for.

mod fixture;
mod leaving;
mod living;
mod random;
