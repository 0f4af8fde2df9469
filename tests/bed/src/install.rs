//! What a user installs but for the Deployment: the operator runs as a process of ours, with the install's identity.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::ResourceExt;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{GroupVersion, TypeMeta};
use kube::runtime::wait::{await_condition, conditions};
use tokio::sync::OnceCell;

use crate::kubectl::Kubectl;
use crate::programs;

/// The CRD.
const CRD: &str = "fargateprofiles.fargate-operator.dev";
/// The operator's namespace and its service account.
pub(crate) const NAME: &str = "fargate-operator";
/// Until the CRD is established. A loaded machine may take long; a healthy one needs no second.
const LIMIT: Duration = Duration::from_secs(120);
/// A token outlasts its test.
const DAY: i64 = 24 * 60 * 60;

/// In the order in which they are applied.
static MANIFESTS: OnceCell<Vec<DynamicObject>> = OnceCell::const_new();

/// What has been installed on a control plane: by the manifest's place, the object's resourceVersion after that.
#[derive(Debug, Default)]
pub(crate) struct Installed(BTreeMap<usize, String>);

impl Installed {
    /// Applies it all, as `kubectl apply --server-side --force-conflicts` does, but for what is still as it was applied
    /// last. Every bed does this: to apply the CRD alone costs the API server more than many a test.
    pub(crate) async fn complete(&mut self, client: &kube::Client, kubectl: &Kubectl) -> anyhow::Result<()> {
        let manifests = MANIFESTS.get_or_try_init(async || manifests(kubectl)).await?;
        for (place, object) in manifests.iter().enumerate() {
            let name = object.metadata.name.as_deref().context("a manifest without a name")?;
            let types = object.types.as_ref().context("a manifest without a kind")?;
            let what = || format!("applying {} {name}", types.kind);
            let api = scope(client, object, types)?;
            let there = api.get_metadata_opt(name).await.with_context(what)?.and_then(|there| there.resource_version());
            if there.is_some() && there.as_ref() == self.0.get(&place) {
                continue;
            }
            let params = PatchParams::apply("kubectl").force().validation_strict();
            let applied = api.patch(name, &params, &Patch::Apply(object)).await.with_context(what)?;
            if name == CRD {
                let established = await_condition(Api::all(client.clone()), CRD, conditions::is_crd_established());
                let _: Option<CustomResourceDefinition> =
                    tokio::time::timeout(LIMIT, established).await.context("the CRD is not established")??;
            }
            self.0.extend(applied.resource_version().map(|version| (place, version)));
        }
        Ok(())
    }
}

/// A token of the operator's service account.
pub(crate) async fn token(client: &kube::Client) -> anyhow::Result<String> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), NAME);
    let spec = TokenRequestSpec { expiration_seconds: Some(DAY), ..TokenRequestSpec::default() };
    let request = TokenRequest { spec: Some(spec), ..TokenRequest::default() };
    let answer = accounts.create_token_request(NAME, &PostParams::default(), &request).await?;
    answer.status.and_then(|status| status.token).context("no token in the answer")
}

/// What kubectl makes of the folders, and the files.
fn manifests(kubectl: &Kubectl) -> anyhow::Result<Vec<DynamicObject>> {
    let path = |part: &str| programs::repository().join(part);
    let folder = |part: &str| kubectl.words(&["kustomize", &path(part).display().to_string()]);
    let file = |part: &str| std::fs::read_to_string(path(part)).with_context(|| format!("reading {part}"));
    let parts = [
        folder("crds")?,
        file("deploy/operator/namespace.yaml")?,
        file("deploy/operator/service-account.yaml")?,
        folder("deploy/rbac")?,
        folder("deploy/policies")?,
    ];
    let mut all = Vec::new();
    for part in parts {
        let objects: Vec<DynamicObject> = serde_saphyr::from_multiple(&part)?;
        ensure!(!objects.is_empty(), "nothing to apply in:\n{part}");
        all.extend(objects);
    }
    Ok(all)
}

fn scope(client: &kube::Client, object: &DynamicObject, types: &TypeMeta) -> anyhow::Result<Api<DynamicObject>> {
    let group: GroupVersion = types.api_version.parse()?;
    let resource = ApiResource::from_gvk(&group.with_kind(&types.kind));
    Ok(match &object.metadata.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    })
}
