//! The process itself, under the names that every Prometheus client uses.

/// Memory in use in bytes, on Linux.
pub(super) fn resident_memory() -> Option<i64> {
    resident(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Open file descriptors, on Linux.
pub(super) fn open_files() -> Option<i64> {
    // The listing itself needs one, which is not counted.
    i64::try_from(std::fs::read_dir("/proc/self/fd").ok()?.count()).ok().map(|n| n - 1)
}

/// The value from /proc/PID/status, which counts in kB of 1024 bytes.
fn resident(status: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<i64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(resident("Name:\tx\nVmHWM:\t   300 kB\nVmRSS:\t   200 kB\nThreads:\t3\n"), Some(204_800));
        assert_eq!(resident("Name:\tx\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells() {
        assert!(resident_memory().unwrap() > 1_000_000);
        assert!(open_files().unwrap() > 2);
    }
}
