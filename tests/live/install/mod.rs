//! What is installed: the charts, the IAM policies and the admission policies do what they say, and grant no more than is used.

mod chart;
mod iam;
mod mending;
mod overlaps;
mod pages;
mod policies;
mod quickstart;
mod warnings;
