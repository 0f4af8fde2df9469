//! The EKS simulator is a fair likeness: AWS's own command line works with it, and moto's EKS gives the same
//! results. moto also plays EC2, IAM and Service Quotas, of which the operator reads.

mod aws_cli;
mod mending;
mod reads;
mod second_opinion;
