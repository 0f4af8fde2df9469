//! The planner's table: situations and the one step that each calls for.

mod leaving;
mod living;
mod random;
