//! What the API server would make of the manifests: each is applied as a dry run, so that schema, rules, defaults and admission
//! policies are the cluster's own.

use axum::http::StatusCode;
use http_body_util::BodyExt;
use kube::api::{Patch, PatchParams, ValidationDirective};
use kube::client::Body;
use kube::core::{Request, Status};
use kube::{Resource, ResourceExt};
use serde_json::{Map, Value, json};

use crate::api::{FIELD_MANAGER, FargateProfile};
use crate::kubernetes::{CallError, call};
use crate::plugin::cluster::{Cluster, LIMIT, told};
use crate::plugin::objects::{failed, look_up};

/// A manifest and what came of it.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) name: String,
    /// The object as it is.
    pub(super) before: Option<FargateProfile>,
    /// The object as it would be, or why it is refused.
    pub(super) after: Result<FargateProfile, String>,
    /// What the API server warns of.
    pub(super) warnings: Vec<String>,
}

/// What `kubectl apply` keeps of the manifest that it applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Applies the manifests, each by itself, without effect: two calls for each.
pub(super) async fn apply(
    cluster: &Cluster,
    manifests: &[Value],
    manager: Option<&str>,
) -> anyhow::Result<Vec<Applied>> {
    let mut all = Vec::new();
    for manifest in manifests {
        let name = manifest["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let before = look_up(&cluster.client, &name).await?;
        let request = request(&name, manifest, before.as_ref(), manager)?;
        let (after, warnings) = send(cluster, request).await?;
        all.push(Applied { name, before, after, warnings });
    }
    Ok(all)
}

/// Client-side `kubectl apply` removes the fields that only its last manifest had. Everything else uses server-side apply.
fn request(
    name: &str,
    manifest: &Value,
    before: Option<&FargateProfile>,
    manager: Option<&str>,
) -> anyhow::Result<axum::http::Request<Vec<u8>>> {
    let params = PatchParams {
        dry_run: true,
        field_manager: Some(manager.map_or_else(|| manager_of(before), str::to_owned)),
        field_validation: Some(ValidationDirective::Strict),
        force: false,
    };
    let request = Request::new(FargateProfile::url_path(&(), None));
    let last = before.and_then(|before| before.annotations().get(LAST_APPLIED));
    Ok(match last.and_then(|last| serde_json::from_str::<Value>(last).ok()) {
        Some(last) if manager.is_none() => {
            let mut patch = manifest.clone();
            forget(&mut patch, &last);
            request.patch(name, &params, &Patch::Merge(patch))?
        }
        Some(_) | None => request.patch(name, &PatchParams { force: true, ..params }, &Patch::Apply(manifest))?,
    })
}

/// The manager that applied the object on the server before, if there was exactly one; else kubectl.
fn manager_of(before: Option<&FargateProfile>) -> String {
    let fields = before.into_iter().flat_map(ResourceExt::managed_fields);
    let applied = fields.filter(|entry| entry.operation.as_deref() == Some("Apply") && entry.subresource.is_none());
    let mut managers = applied.filter_map(|entry| entry.manager.as_deref()).filter(|name| *name != FIELD_MANAGER);
    match (managers.next(), managers.next()) {
        (Some(only), None) => only.to_owned(),
        (Some(_), Some(_)) | (None, _) => "kubectl".to_owned(),
    }
}

/// Makes a merge patch remove the fields that the last manifest had and this one lacks.
fn forget(patch: &mut Value, last: &Value) {
    let (Some(fields), Some(last)) = (patch.as_object_mut(), last.as_object()) else { return };
    for (key, old) in last {
        match fields.get_mut(key) {
            Some(field) => forget(field, old),
            None => drop(fields.insert(key.clone(), Value::Null)),
        }
    }
}

/// The object that the API server would store, or why it refuses it, and its warnings.
async fn send(
    cluster: &Cluster,
    request: axum::http::Request<Vec<u8>>,
) -> anyhow::Result<(Result<FargateProfile, String>, Vec<String>)> {
    let sent = async { cluster.client.send(request.map(Body::from)).await };
    let answer = call("applying a manifest as a dry run", LIMIT, sent).await.map_err(told)?;
    let headers = answer.headers().get_all("warning").iter();
    let warnings = headers.filter_map(|value| warning(value.to_str().ok()?)).collect();
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    if status.is_success() {
        return Ok((Ok(serde_json::from_slice(&body)?), warnings));
    }
    let said = said(status, &body);
    if is_about_the_call(&said) {
        let error = CallError::new("applying a manifest as a dry run", kube::Error::Api(Box::new(said)));
        anyhow::bail!("the manifests cannot be applied as a dry run: {}", failed(&error));
    }
    Ok((Err(readable(&said.message).to_owned()), warnings))
}

/// How the API server begins when a manifest has not the types of the schema.
const TYPED_PATCH: &str = "failed to create typed patch object";

/// Without the value as Go prints it, addresses and all.
fn readable(message: &str) -> &str {
    message.split_once(", got &").map_or(message, |(expected, _)| expected)
}

/// What an answer says of a failure. A proxy, or the API server for a path that it does not know, answers in plain text.
fn said(status: StatusCode, body: &[u8]) -> Status {
    let said = serde_json::from_slice(body).ok().filter(|said: &Status| said.code != 0);
    said.unwrap_or_else(|| Status::failure(String::from_utf8_lossy(body).trim(), "").with_code(status.as_u16()))
}

/// Whether the call failed, and not the manifest.
fn is_about_the_call(said: &Status) -> bool {
    // Kubernetes 1.34 and later answer a server-side apply of an unknown field, or one of a wrong type, with code 500. Earlier
    // versions were not tried.
    let is_of_field = said.message.contains(TYPED_PATCH);
    match said.code {
        401 | 404 | 429 => true,
        403 => said.message.contains("\" cannot "),
        code => code >= 500 && !is_of_field,
    }
}

/// The text of `299 - "…"` (RFC 9111, 5.5).
fn warning(header: &str) -> Option<String> {
    let text = header.split_once('"')?.1;
    Some(text.strip_suffix('"').unwrap_or(text).replace("\\\"", "\"").replace("\\\\", "\\"))
}

/// The object of a manifest over the one that is there: what an API server without admission would store.
pub(super) fn merged(before: Option<&FargateProfile>, manifest: &Value) -> Value {
    let mut meta = before.map(|before| json!(before.metadata)).unwrap_or_else(|| json!({}));
    for key in ["annotations", "labels"] {
        let given = manifest["metadata"][key].as_object().cloned().unwrap_or_default();
        let mut kept: Map<String, Value> = meta[key].as_object().cloned().unwrap_or_default();
        kept.extend(given);
        if !kept.is_empty() {
            meta[key] = Value::Object(kept);
        }
    }
    meta["name"] = manifest["metadata"]["name"].clone();
    let mut whole = manifest.clone();
    whole["metadata"] = meta;
    if let Some(status) = before.and_then(|before| before.status.as_ref()) {
        whole["status"] = json!(status);
    }
    whole
}

#[cfg(test)]
mod tests {
    use tower::service_fn;

    use super::*;

    #[test]
    fn what_the_last_manifest_had_is_removed() {
        let mut patch = json!({ "spec": { "tags": { "a": "1" }, "selectors": [] } });
        forget(&mut patch, &json!({ "spec": { "tags": { "b": "2" }, "suspend": true }, "kind": "FargateProfile" }));
        let expected = json!({
            "kind": null,
            "spec": { "tags": { "a": "1", "b": null }, "selectors": [], "suspend": null },
        });
        assert_eq!(patch, expected);
    }

    /// Why a manifest is not applied, if the API server answers every patch so, and of the object that it is not there.
    async fn refused(code: u16, body: &'static str) -> String {
        let service = service_fn(move |request: axum::http::Request<Body>| {
            let details = json!({ "kind": "fargateprofiles" });
            let missing = json!({ "code": 404, "reason": "NotFound", "details": details }).to_string();
            let is_get = request.method() == axum::http::Method::GET;
            let (code, body) = if is_get { (404, missing) } else { (code, body.to_owned()) };
            let answer = axum::http::Response::builder().status(code).body(Body::from(body.into_bytes())).unwrap();
            async move { Ok::<_, std::convert::Infallible>(answer) }
        });
        let client = kube::Client::new(service, "default");
        let cluster = Cluster { client, namespace: "default".into(), authorities: Vec::new() };
        match apply(&cluster, &[json!({ "metadata": { "name": "web" } })], None).await {
            Ok(applied) => applied[0].after.as_ref().unwrap_err().clone(),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn an_answer_in_plain_text_is_told_with_its_code() {
        let call = "the manifests cannot be applied as a dry run:";
        assert_eq!(
            refused(502, "<html>Bad Gateway</html>\n").await,
            format!("{call} applying a manifest as a dry run failed: <html>Bad Gateway</html> (502)")
        );
        assert_eq!(
            refused(413, r#"{"error":"too large"}"#).await,
            r#"{"error":"too large"}"#,
            "a proxy's JSON is no Status"
        );
        assert_eq!(
            refused(404, "404 page not found\n").await,
            format!(
                "{call} this cluster has no FargateProfiles: is fargate-operator installed, and is this the context?"
            )
        );
        assert_eq!(refused(422, r#"{"code":422,"message":"spec is wrong"}"#).await, "spec is wrong");
    }

    #[tokio::test]
    async fn a_field_of_a_wrong_type_is_the_manifests_fault_whatever_the_code() {
        let body = r#"{"code":500,"message":"failed to create typed patch object (/web): .spec.tags.n: expected string, got &value.valueUnstructured{Value:5}"}"#;
        let said = refused(500, body).await;
        assert_eq!(said, "failed to create typed patch object (/web): .spec.tags.n: expected string");
    }

    #[test]
    fn a_warning_is_its_text() {
        assert_eq!(warning(r#"299 - "spec \"x\" is old""#).as_deref(), Some(r#"spec "x" is old"#));
        assert_eq!(warning("299"), None);
    }

    #[test]
    fn whoever_applied_an_object_is_taken_for_who_applies_it_again() {
        let managed = |managers: &[(&str, &str)]| {
            let entries =
                managers.iter().map(|(manager, operation)| json!({ "manager": manager, "operation": operation }));
            let entries: Vec<Value> = entries.collect();
            let object =
                json!({ "metadata": { "name": "web", "managedFields": entries }, "spec": { "selectors": [] } });
            manager_of(Some(&serde_json::from_value(object).unwrap()))
        };
        assert_eq!(manager_of(None), "kubectl");
        assert_eq!(managed(&[("kustomize-controller", "Apply"), (FIELD_MANAGER, "Apply")]), "kustomize-controller");
        assert_eq!(managed(&[("kubectl-create", "Update")]), "kubectl");
        assert_eq!(managed(&[("a", "Apply"), ("b", "Apply")]), "kubectl");
    }
}
