//! An EKS add-on, from DescribeAddon.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::HealthIssue;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Addon {
    /// `ACTIVE`, `DEGRADED`, …
    pub status: String,
    /// JSON or YAML, as it was given.
    pub configuration: Option<String>,
    /// `health.issues`, sorted.
    pub issues: Vec<HealthIssue>,
}

/// The configuration is neither JSON nor YAML, or no object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// What the add-on coredns runs on (aws eks describe-addon-configuration).
const COMPUTE_TYPE: &str = "computeType";

/// Whether a compute type is Fargate. The add-on and people write it with a capital or without
/// (terraform-aws-modules/terraform-aws-eks#2922).
pub fn is_fargate(compute_type: Option<&str>) -> bool {
    compute_type.is_some_and(|kind| kind.eq_ignore_ascii_case("fargate"))
}

impl Addon {
    /// What its configuration has as compute type.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn compute_type(&self) -> Result<Option<String>, Unreadable> {
        Ok(self.values()?.get(COMPUTE_TYPE).and_then(Value::as_str).map(str::to_owned))
    }

    /// Its configuration with this compute type or none, and all else as it is: JSON.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn with_compute_type(&self, kind: Option<&str>) -> Result<String, Unreadable> {
        let mut values = self.values()?;
        match kind {
            Some(kind) => values.insert(COMPUTE_TYPE.to_owned(), kind.into()),
            None => values.remove(COMPUTE_TYPE),
        };
        Ok(Value::Object(values).to_string())
    }

    fn values(&self) -> Result<Map<String, Value>, Unreadable> {
        let text = self.configuration.as_deref().map(str::trim).filter(|text| !text.is_empty());
        text.map_or_else(|| Ok(Map::new()), |text| serde_saphyr::from_str(text).map_err(|_| Unreadable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addon(configuration: &str) -> Addon {
        Addon { configuration: Some(configuration.to_owned()), ..Addon::default() }
    }

    #[test]
    fn the_compute_type_is_read_from_json_and_yaml() {
        let of = |configuration: &str| addon(configuration).compute_type();
        assert_eq!(Addon::default().compute_type(), Ok(None));
        assert_eq!(of(r#"{"computeType":"Fargate","replicaCount":3}"#), Ok(Some("Fargate".into())));
        assert_eq!(of("replicaCount: 3\ncomputeType: ec2\n"), Ok(Some("ec2".into())));
        assert_eq!(of(r#"{"replicaCount":3}"#), Ok(None));
        assert_eq!(of(" "), Ok(None));
        assert_eq!(of("- a"), Err(Unreadable));
        assert_eq!(of("{"), Err(Unreadable));
    }

    #[test]
    fn another_compute_type_leaves_the_rest() {
        let with = |configuration: &str, kind| addon(configuration).with_compute_type(kind).unwrap();
        let resources = r#"{"computeType":"Fargate","corefile":"a\nb","resources":{"limits":{"cpu":"1"}}}"#;
        assert_eq!(with("resources: {limits: {cpu: '1'}}\ncorefile: \"a\\nb\"", Some("Fargate")), resources);
        let back = r#"{"corefile":"a\nb","resources":{"limits":{"cpu":"1"}}}"#;
        assert_eq!(with(resources, None), back);
        assert_eq!(with(resources, Some("ec2")), resources.replace("Fargate", "ec2"));
        assert_eq!(with("", None), "{}");
    }
}
