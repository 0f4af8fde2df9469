//! Processes that are tampered with.

use bed::child;

/// A process that stands still as long as this lives.
pub struct Stopped(u32);

impl Stopped {
    pub fn process(id: u32) -> Self {
        assert!(child::signal(id, "STOP").unwrap());
        Self(id)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = child::signal(self.0, "CONT");
    }
}
