//! Service Quotas through its JSON API.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Quota, Quotas};
use crate::aws::{Api, Incomplete, JsonApi, JsonClient, Session, Unread};

pub(crate) const QUOTAS: JsonApi = JsonApi {
    api: Api { name: "Service Quotas", signing_name: "servicequotas", is_global: false },
    target: "ServiceQuotasV20190624",
};

/// [`Quotas`] on the SDK's runtime.
pub struct SdkQuotas(JsonClient);

impl SdkQuotas {
    pub fn new(session: &Session) -> Self {
        Self(JsonClient::new(&QUOTAS, session))
    }
}

#[async_trait]
impl Quotas for SdkQuotas {
    async fn value(&self, quota: Quota) -> Result<Option<u64>, Unread> {
        const ACTION: &str = "servicequotas:GetServiceQuota";
        let Quota { service, code } = quota;
        let answer = self.0.call(ACTION, &json!({ "ServiceCode": service, "QuotaCode": code })).await;
        let value = |answer: Value| {
            let value = answer.pointer("/Quota/Value").and_then(Value::as_f64).ok_or(Incomplete("Quota.Value"));
            value.map_err(|missing| self.0.incomplete(ACTION, &missing))
        };
        // What is below zero, or beyond all numbers, becomes the nearest one that is not.
        Ok(Unread::unless_gone(ACTION, answer.and_then(value))?.map(|value| value as u64))
    }
}
