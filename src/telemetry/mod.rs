//! What people who run the operator see: logs, metrics, health and traces.

pub mod admin;
pub mod api_calls;
pub mod health;
pub mod logs;
pub mod metrics;
mod server;
pub mod traces;
