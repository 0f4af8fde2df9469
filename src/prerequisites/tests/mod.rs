//! What is found in situations that differ from a sound one in one place.

mod access;
mod cluster;
mod coredns;
mod inside;
mod logging;
mod network;
mod page;
mod quotas;
mod reads;
mod role;
mod routes;
mod search;
mod sound;
mod subnets;
mod texts;
mod unknown;
