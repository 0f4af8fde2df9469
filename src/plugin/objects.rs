//! The FargateProfiles of the cluster.

use kube::api::{Api, ListParams};
use kube::{Client, ResourceExt};
use serde_json::Value;

use super::cluster::{LIMIT, refusal};
use crate::api::FargateProfile;
use crate::kubernetes::{CallError, Part, call, list};

/// The FargateProfiles, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    pub(super) readable: Vec<FargateProfile>,
    /// By name, why this version cannot read it.
    pub(super) unreadable: Vec<(String, String)>,
}

impl Objects {
    /// # Errors
    /// If they cannot be listed.
    pub(super) async fn list(client: &Client) -> Result<Self, CallError> {
        let mut objects = Self::default();
        let take = |object: Value| {
            let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            match serde_path_to_error::deserialize(object) {
                Ok(object) => objects.readable.push(object),
                Err(error) => objects.unreadable.push((name, error.to_string())),
            }
        };
        list::<FargateProfile, _>(client, None, Part::Whole, ListParams::default(), LIMIT, take).await?;
        objects.readable.sort_by_key(ResourceExt::name_any);
        Ok(objects)
    }

    /// A line for each that this version cannot read.
    pub(super) fn left_out(&self) -> impl Iterator<Item = String> {
        self.unreadable.iter().map(|(name, why)| left_out(name, why))
    }

    /// Those that this version can read. Of each other one a line on standard error says why it cannot.
    pub(super) fn into_readable(self) -> Vec<FargateProfile> {
        self.left_out().for_each(|line| anstream::eprintln!("{line}"));
        self.readable
    }
}

/// What is said of an object that this version cannot read.
pub(super) fn left_out(name: &str, why: &str) -> String {
    format!("FargateProfile {name} is left out: this version cannot read it ({why})")
}

/// Those that this version can read, as [`Objects::into_readable`].
///
/// # Errors
/// If they cannot be listed.
pub(super) async fn objects(client: &Client) -> anyhow::Result<Vec<FargateProfile>> {
    Ok(Objects::list(client).await.map_err(|error| failed(&error))?.into_readable())
}

/// The object of this name.
///
/// # Errors
/// If it is not there, or cannot be read.
pub(super) async fn object(client: &Client, name: &str) -> anyhow::Result<FargateProfile> {
    look_up(client, name).await?.ok_or_else(|| missing(name))
}

/// The object of this name, if it is there.
///
/// # Errors
/// If it cannot be read.
pub(super) async fn look_up(client: &Client, name: &str) -> anyhow::Result<Option<FargateProfile>> {
    let all: Api<FargateProfile> = Api::all(client.clone());
    match call(format!("reading FargateProfile {name}"), LIMIT, all.get(name)).await {
        Ok(object) => Ok(Some(object)),
        Err(error) if names_its_kind(&error) => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}

pub(super) fn missing(name: &str) -> anyhow::Error {
    anyhow::anyhow!("there is no FargateProfile {name:?}: kubectl get fp lists those that there are")
}

/// What it means that FargateProfiles cannot be read or written.
pub(super) fn failed(error: &CallError) -> anyhow::Error {
    match error.code() {
        Some(404) if !names_its_kind(error) => anyhow::anyhow!(
            "this cluster has no FargateProfiles: is fargate-operator installed, and is this the context?"
        ),
        _ => anyhow::anyhow!(refusal(error)),
    }
}

/// Whether the API server knows the kind, and only the object is not there. For a kind that it does not know it answers `404 page not
/// found`.
fn names_its_kind(error: &CallError) -> bool {
    let answer = error.answer().filter(|answer| answer.reason == "NotFound");
    answer.and_then(|answer| answer.details.as_ref()).is_some_and(|details| !details.kind.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::{Request, Response};
    use kube::client::Body;
    use serde_json::json;
    use tower::service_fn;

    use super::*;

    #[tokio::test]
    async fn an_object_that_is_not_there_is_told_apart_from_a_kind_that_is_not() {
        let details = json!({ "name": "web", "group": "fargate-operator.dev", "kind": "fargateprofiles" });
        let not_found =
            json!({ "kind": "Status", "code": 404, "reason": "NotFound", "message": "…", "details": details });
        for (body, told) in [
            (not_found.to_string(), "there is no FargateProfile \"web\": kubectl get fp lists those that there are"),
            (
                "404 page not found\n".to_owned(),
                "this cluster has no FargateProfiles: is fargate-operator installed, and is this the context?",
            ),
        ] {
            let service = service_fn(move |_: Request<Body>| {
                let answer = Response::builder().status(404).body(Body::from(body.clone().into_bytes())).unwrap();
                async move { Ok::<_, std::convert::Infallible>(answer) }
            });
            let error = object(&Client::new(service, "default"), "web").await.unwrap_err();
            assert_eq!(error.to_string(), told);
        }
    }
}
