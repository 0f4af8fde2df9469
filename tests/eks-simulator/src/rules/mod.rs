//! The rules that a request is held against, one file each, with where they are known from.

pub(crate) mod name;
pub(crate) mod role;
pub(crate) mod selectors;
pub(crate) mod subnets;
pub(crate) mod tags;
pub(crate) mod token;
pub(crate) mod trust;
pub(crate) mod turn;
