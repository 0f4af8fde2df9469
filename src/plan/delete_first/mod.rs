//! DeleteFirst, for people who must keep the exact name. Between the old profile and the new one there is a gap without
//! any. Once it is open, it is closed whatever is edited meanwhile.

mod close;
mod exact_name;
mod open;

pub(super) use self::close::close;
pub use self::close::needs_the_next_turn;
pub(crate) use self::close::refusal;
pub(super) use self::open::begin;
pub(crate) use self::open::opens_gap;
