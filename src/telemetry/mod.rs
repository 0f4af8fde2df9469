//! What the operator tells the people who run it: logs, metrics and health.

pub mod health;
pub mod logs;
pub mod metrics;
