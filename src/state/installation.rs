//! What an installation tells of itself, on the Lease of its leader.

use serde::{Deserialize, Serialize};

use super::Defaults;

/// What the leader runs with, for people and programs that look on. No secret is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstallationRecord {
    /// The operator's version.
    pub version: String,
    /// Region that it works in.
    pub region: String,
    /// `--time-scale`.
    pub time_scale: f64,
    pub defaults: Defaults,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_one_of_another_version_as_far_as_it_goes() {
        let record = InstallationRecord {
            version: "1.2.3".to_owned(),
            region: "eu-central-1".to_owned(),
            time_scale: 1.0,
            defaults: Defaults { cluster_name: "prod".to_owned(), ..Defaults::default() },
        };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<InstallationRecord>(&text).unwrap(), record);
        let other = r#"{"version": "9", "color": "blue", "defaults": {"clusterName": "prod", "shape": "round"}}"#;
        let other: InstallationRecord = serde_json::from_str(other).unwrap();
        assert_eq!((other.version.as_str(), other.defaults.cluster_name.as_str()), ("9", "prod"));
    }
}
