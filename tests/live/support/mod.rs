//! What the tests share: objects, and waits for what becomes of them; recorders, and the oracle that judges by EKS's own log.

mod bed_ext;
mod conditions;
pub mod drains;
pub mod lookout;
mod metrics;
pub mod objects;
pub mod oracle;
mod process;
pub mod recorder;
pub mod run;
pub mod served;
pub mod speeds;
pub mod steady;

pub use bed::testing::{LIMIT, until, until_async};
pub use bed_ext::{BedExt, events};
pub use conditions::{condition, is, is_settled, message, observed, reason};
pub use metrics::{counted, scrape, total};
pub use objects::profile;
pub use process::Stopped;
pub use speeds::{quick, quiet};
