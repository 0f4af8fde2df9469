//! `fargate-operator crd`.

use std::io::Write;

pub(super) fn print() -> anyhow::Result<()> {
    let yaml = crate::api::crd_yaml()?;
    std::io::stdout().write_all(yaml.as_bytes())?;
    Ok(())
}
