//! The traps in which a naive design is caught, each set for the real binary; `README.md` has their text.

mod bare_names;
mod full_quota;
mod gap;
mod late_calls;
mod names_taken;
mod pile_up;
mod reverts;
mod slot_of_a_gap;
mod starving_turns;
mod stripped_tags;
