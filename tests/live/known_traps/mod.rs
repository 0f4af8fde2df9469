//! The traps in which a naive design is caught, each set for the real binary; `README.md` has their text.

mod full_quota;
mod gap;
mod late_calls;
mod names_taken;
mod slot_of_a_gap;
