//! What the operator costs: writes and calls when there is nothing to do, time beside that of EKS, memory, the size of its binary.

mod footprint;
mod idle;
mod pod_memory;
mod throughput;
