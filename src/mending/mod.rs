//! What the operator may mend by itself, if the install asks for it: the pod execution role, access entries, CoreDNS. Pure:
//! from what AWS and the cluster say to the one call that comes next.

mod settings;

pub use settings::{RoleSettings, Settings};
