//! The EKS simulator is a fair likeness: AWS's own command line works with it, and moto's EKS gives the same results.

mod aws_cli;
mod second_opinion;
