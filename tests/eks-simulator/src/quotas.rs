//! Service Quotas, as much as tells how many profiles an account may have, in AWS JSON 1.1 (botocore
//! `service-quotas/2019-06-24`).

use serde_json::{Value, json};

use crate::{
    ApiError, Quotas,
    http::call::Call,
    world::{Clusters, identity::Identity, identity::partition},
};

pub(crate) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// What stands before the operation in the header `X-Amz-Target`.
pub(crate) const TARGET: &str = "ServiceQuotasV20190624.";

/// Answers with a quota by which EKS goes. The real ones are an account's; here each cluster has its own, so those of the
/// first cluster of the caller's account and region are shown.
pub(crate) fn answer(clusters: &Clusters, identity: &Identity, call: &Call) -> Result<Value, ApiError> {
    let Identity { account, region, .. } = identity;
    let own = clusters.values().find(|cluster| cluster.account == *account && cluster.region == *region);
    let quotas = own.map_or_else(Quotas::default, |cluster| cluster.settings.quotas.clone());
    let (service, code) = (call.form("ServiceCode").unwrap_or_default(), call.form("QuotaCode").unwrap_or_default());
    let (name, value) = match (service, code) {
        ("eks", "L-33415657") => ("Fargate profiles per cluster", quotas.profiles),
        ("eks", "L-D78D8AF8") => ("Selectors per Fargate profile", quotas.selectors),
        ("eks", "L-23414FF3") => ("Label pairs per Fargate profile selector", quotas.labels),
        ("fargate", "L-3032A538") => ("Fargate On-Demand vCPU resource count", quotas.fargate_vcpu),
        _ => return Err(ApiError::new(400, "NoSuchResourceException", "The specified resource does not exist.")),
    };
    let arn = format!("arn:{}:servicequotas:{region}:{account}:{service}/{code}", partition(region));
    Ok(json!({ "Quota": {
        "ServiceCode": service, "QuotaArn": arn, "QuotaCode": code, "QuotaName": name,
        "Value": value as f64, "Unit": "None", "Adjustable": true, "GlobalQuota": false,
    }}))
}

/// An error in JSON.
pub(crate) fn error(error: &ApiError) -> String {
    json!({ "__type": error.code, "Message": error.message }).to_string()
}
