//! What is known of quotas, in a file: by their codes.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serializer};

use super::quotas::ALL;
use crate::prerequisites::evidence::Read;
use crate::quotas::Quota;

type Quotas = BTreeMap<Quota, Read<Option<u64>>>;

pub(in crate::prerequisites) fn serialize<S: Serializer>(quotas: &Quotas, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(quotas.iter().map(|(quota, value)| (quota.code, value)))
}

pub(in crate::prerequisites) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Quotas, D::Error> {
    let mut by_code = BTreeMap::<String, Read<Option<u64>>>::deserialize(from)?;
    Ok(ALL.into_iter().filter_map(|quota| Some((quota, by_code.remove(quota.code)?))).collect())
}
