//! Rights in Kubernetes: the user's, and those of the operator's service account.

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec, SubjectAccessReview,
    SubjectAccessReviewSpec,
};
use kube::Client;
use kube::api::{Api, PostParams};

use super::Read;
use crate::api::GROUP;
use crate::kubernetes::{CallError, call};
use crate::plugin::cluster::LIMIT;
use crate::plugin::installation::Installation;

/// The service account of the manifests, and of the chart unless it is named otherwise.
const USUAL_ACCOUNT: &str = "fargate-operator";

/// What somebody may not do of what is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Rights {
    /// Such as `fargate-operator/fargate-operator`; empty for the user.
    pub(in super::super) of: String,
    pub(in super::super) lacking: Vec<Right>,
}

/// One right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Right {
    pub(in super::super) verb: &'static str,
    group: &'static str,
    pub(in super::super) resource: &'static str,
    subresource: &'static str,
    name: String,
    namespace: String,
    /// What needs the right, if the operator works without it.
    pub(in super::super) serves: Option<&'static str>,
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if self.subresource.is_empty() { Ok(()) } else { write!(f, "/{}", self.subresource) }
    }
}

impl Right {
    pub(in super::super) fn to(verb: &'static str, group: &'static str, resource: &'static str) -> Self {
        let (subresource, name, namespace) = ("", String::new(), String::new());
        Self { verb, group, resource, subresource, name, namespace, serves: None }
    }

    fn sub(self, subresource: &'static str) -> Self {
        Self { subresource, ..self }
    }

    fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    fn within(self, namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), ..self }
    }

    pub(in super::super) fn serves(self, what: &'static str) -> Self {
        Self { serves: Some(what), ..self }
    }

    fn attributes(&self) -> ResourceAttributes {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        ResourceAttributes {
            verb: some(self.verb),
            group: some(self.group),
            resource: some(self.resource),
            subresource: some(self.subresource),
            name: some(&self.name),
            namespace: some(&self.namespace),
            ..ResourceAttributes::default()
        }
    }
}

/// What the other commands ask for.
fn asked_of_you() -> Vec<Right> {
    vec![
        Right::to("watch", GROUP, "fargateprofiles").serves("status --watch, wait"),
        Right::to("patch", GROUP, "fargateprofiles").serves("suspend, resume, retry, approve"),
        Right::to("approve", GROUP, "fargateprofiles").serves("approve"),
    ]
}

/// What the roles in deploy/rbac grant, except for what only some checks and mending need.
fn asked_of_operator(installation: &Installation) -> Vec<Right> {
    let lease = || Right::to("update", "coordination.k8s.io", "leases").within(&installation.namespace);
    vec![
        Right::to("list", GROUP, "fargateprofiles"),
        Right::to("watch", GROUP, "fargateprofiles"),
        Right::to("patch", GROUP, "fargateprofiles"),
        Right::to("patch", GROUP, "fargateprofiles").sub("status"),
        Right::to("get", "", "namespaces").named("kube-system"),
        lease().named(&installation.lease),
        Right::to("create", "events.k8s.io", "events").within("default").serves("events on FargateProfiles"),
        Right::to("list", "", "pods").serves("seeing the pods of a profile before it is replaced"),
        Right::to("watch", "", "pods").serves("seeing the pods of a profile before it is replaced"),
        Right::to("create", "", "pods").sub("eviction").serves("moving pods to the next profile"),
    ]
}

pub(super) async fn yours(client: &Client) -> Read<Rights> {
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let may = async |right: &Right| {
        let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(right.attributes()), ..Default::default() };
        let review = SelfSubjectAccessReview { spec, ..Default::default() };
        let answer = call("asking for your rights", LIMIT, reviews.create(&PostParams::default(), &review)).await?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    };
    rights(String::new(), asked_of_you(), may).await
}

/// Those of the service account of the operator's pods, or of the usual one.
pub(super) async fn of_operator(client: &Client, installation: &Installation, account: Option<&str>) -> Read<Rights> {
    let of = format!("{}/{}", installation.namespace, account.unwrap_or(USUAL_ACCOUNT));
    let user = format!("system:serviceaccount:{}", of.replace('/', ":"));
    let reviews: Api<SubjectAccessReview> = Api::all(client.clone());
    let may = async |right: &Right| {
        let resource_attributes = Some(right.attributes());
        let spec = SubjectAccessReviewSpec { user: Some(user.clone()), resource_attributes, ..Default::default() };
        let review = SubjectAccessReview { spec, ..Default::default() };
        let params = PostParams::default();
        let answer = call("asking for the operator's rights", LIMIT, reviews.create(&params, &review)).await?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    };
    rights(of, asked_of_operator(installation), may).await
}

/// Asks for all of them at once.
async fn rights(of: String, asked: Vec<Right>, may: impl AsyncFn(&Right) -> Result<bool, CallError>) -> Read<Rights> {
    let answers = futures::future::try_join_all(asked.iter().map(|right| may(right))).await?;
    let lacking = asked.into_iter().zip(answers).filter(|(_, is_allowed)| !is_allowed).map(|(right, _)| right);
    Ok(Rights { of, lacking: lacking.collect() })
}
