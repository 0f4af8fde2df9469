//! What size of Fargate a pod takes: the smallest one that has room for what its containers request, and for Fargate's own
//! components (EKS user guide, Fargate Pod configuration). The account's quota of vCPUs counts sizes, not requests.

use super::fitness::{ADDED_MEMORY, GIB, request};
use super::spec::PodSpec;

/// The sizes: thousandths of a vCPU, and the most memory in GB that goes with them. Each vCPU has smaller memories as
/// well, for the same vCPU.
const SIZES: [(u32, f64); 7] =
    [(250, 2.0), (500, 4.0), (1000, 8.0), (2000, 16.0), (4000, 30.0), (8000, 60.0), (16_000, 120.0)];

/// Thousandths of a vCPU of the size that a pod takes. A pod that no size can hold takes none. AWS's GB are read as GiB, which
/// makes no size larger than it is.
pub(crate) fn millicpu(spec: &PodSpec) -> u32 {
    let (cpu, memory) = (request(spec, "cpu") * 1000.0, request(spec, "memory") + ADDED_MEMORY);
    let fits = |(millicpu, most): &&(u32, f64)| cpu <= f64::from(*millicpu) && memory <= most * GIB;
    SIZES.iter().find(fits).map_or(0, |(millicpu, _)| *millicpu)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(containers: &Value) -> u32 {
        millicpu(&serde_json::from_value(json!({ "containers": containers })).unwrap())
    }

    fn requesting(cpu: &str, memory: &str) -> u32 {
        of(&json!([{ "resources": { "requests": { "cpu": cpu, "memory": memory } } }]))
    }

    #[test]
    fn a_pod_takes_the_smallest_size_that_holds_its_requests_and_fargates_own_memory() {
        assert_eq!(of(&json!([{}])), 250);
        for (cpu, memory, expected) in [
            ("250m", "1792Mi", 250),
            ("251m", "1Mi", 500),
            // 256 MB are Fargate's.
            ("250m", "2Gi", 500),
            ("1", "1Gi", 1000),
            ("100m", "8Gi", 2000),
            ("3", "29Gi", 4000),
            ("3", "30Gi", 8000),
            ("16", "100Gi", 16_000),
            ("17", "1Gi", 0),
        ] {
            assert_eq!(requesting(cpu, memory), expected, "{cpu} and {memory}");
        }
    }

    #[test]
    fn containers_that_run_together_count_together() {
        let half = json!({ "resources": { "requests": { "cpu": "500m" } } });
        assert_eq!(of(&json!([half, half])), 1000);
        assert_eq!(of(&json!([half, half, half])), 2000);
    }
}
