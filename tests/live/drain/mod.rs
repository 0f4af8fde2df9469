//! Drains that do not go as they should, and pods that are not to be moved: against pods that run, under EKS's own rules.
//!
//! Judged from outside, by what the data plane and EKS have on record, and by the exact text that a person reads.

mod availability;
mod bounced;
mod counts;
mod dns;
mod forged;
mod kept;
mod nowhere;
mod onward;
mod pending;
mod rights;
mod time;
mod unhealthy;
mod unmet;
