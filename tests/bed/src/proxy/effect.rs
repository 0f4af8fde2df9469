//! Which requests are effects: what changes EKS, IAM, or in Kubernetes a `FargateProfile`, a pod or a Deployment. Events are
//! none.

use http::Method;

/// The kind of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// CreateFargateProfile.
    Create,
    /// DeleteFargateProfile.
    Delete,
    /// TagResource.
    Tag,
    /// UntagResource.
    Untag,
    /// A write to a `FargateProfile`, which is to its finalizers.
    Finalizer,
    /// A write to the status of one.
    Status,
    /// The eviction of a pod.
    Evict,
    /// A change to a role, an access entry, an add-on or a Deployment.
    Mend,
}

impl Effect {
    /// Of a request to AWS.
    pub(super) fn in_aws(method: &Method, path: &str, body: &[u8]) -> Option<Self> {
        if path == "/" {
            return is_change(body).then_some(Self::Mend);
        }
        let of_cluster = |kind: &str| path.starts_with("/clusters/") && path.contains(kind);
        let profiles = of_cluster("/fargate-profiles");
        let mended = of_cluster("/access-entries") || of_cluster("/addons/");
        let tags = path.starts_with("/tags/");
        match *method {
            Method::POST | Method::DELETE if mended => Some(Self::Mend),
            Method::POST if profiles => Some(Self::Create),
            Method::DELETE if profiles => Some(Self::Delete),
            Method::POST if tags => Some(Self::Tag),
            Method::DELETE if tags => Some(Self::Untag),
            _ => None,
        }
    }

    /// Of a request to Kubernetes.
    pub(super) fn in_kubernetes(method: &Method, path: &str) -> Option<Self> {
        if *method == Method::POST && path.starts_with("/api/v1/namespaces/") && path.ends_with("/eviction") {
            return Some(Self::Evict);
        }
        if *method == Method::PATCH && path.starts_with("/apis/apps/v1/") && path.contains("/deployments/") {
            return Some(Self::Mend);
        }
        let object = path.strip_prefix("/apis/fargate-operator.dev/")?.contains("/fargateprofiles/");
        match *method {
            Method::GET | Method::HEAD => None,
            _ if path.ends_with("/status") => Some(Self::Status),
            _ => object.then_some(Self::Finalizer),
        }
    }
}

/// Whether a form asks a query API for something else than to tell.
fn is_change(form: &[u8]) -> bool {
    let form = String::from_utf8_lossy(form);
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.is_some_and(|action| !["Describe", "Get", "List"].iter().any(|reads| action.starts_with(reads)))
}

#[cfg(test)]
mod tests {
    use super::{Effect, Method};

    #[test]
    fn what_changes_eks_or_an_object_is_an_effect_and_nothing_else_is() {
        for (method, path, effect) in [
            (Method::POST, "/clusters/prod/fargate-profiles", Some(Effect::Create)),
            (Method::GET, "/clusters/prod/fargate-profiles", None),
            (Method::DELETE, "/clusters/prod/fargate-profiles/web-9999", Some(Effect::Delete)),
            (Method::POST, "/tags/arn%3Aaws%3Aeks", Some(Effect::Tag)),
            (Method::DELETE, "/tags/arn%3Aaws%3Aeks", Some(Effect::Untag)),
            (Method::POST, "/clusters/prod/access-entries", Some(Effect::Mend)),
            (Method::GET, "/clusters/prod/access-entries/arn%3Aaws%3Aiam", None),
            (Method::DELETE, "/clusters/prod/access-entries/arn%3Aaws%3Aiam", Some(Effect::Mend)),
            (Method::POST, "/clusters/prod/addons/coredns/update", Some(Effect::Mend)),
            (Method::GET, "/clusters/prod/addons/coredns", None),
        ] {
            assert_eq!(Effect::in_aws(&method, path, b""), effect, "{method} {path}");
        }
        for (form, effect) in [
            ("Action=CreateRole&Version=2010-05-08&RoleName=pods", Some(Effect::Mend)),
            ("Action=DetachRolePolicy&Version=2010-05-08", Some(Effect::Mend)),
            ("Action=GetRole&Version=2010-05-08", None),
            ("Action=ListRolePolicies&Version=2010-05-08", None),
            ("Action=DescribeSubnets&Version=2016-11-15", None),
            ("", None),
        ] {
            assert_eq!(Effect::in_aws(&Method::POST, "/", form.as_bytes()), effect, "{form}");
        }
        let objects = "/apis/fargate-operator.dev/v1alpha1/fargateprofiles";
        for (method, path, effect) in [
            (Method::PATCH, format!("{objects}/web"), Some(Effect::Finalizer)),
            (Method::PATCH, format!("{objects}/web/status"), Some(Effect::Status)),
            (Method::GET, format!("{objects}/web"), None),
            (Method::GET, objects.to_owned(), None),
            (Method::POST, "/api/v1/namespaces/web/pods/web-1/eviction".to_owned(), Some(Effect::Evict)),
            (Method::GET, "/api/v1/namespaces/web/pods".to_owned(), None),
            (Method::PATCH, "/apis/apps/v1/namespaces/kube-system/deployments/coredns".to_owned(), Some(Effect::Mend)),
            (Method::GET, "/apis/apps/v1/namespaces/kube-system/deployments".to_owned(), None),
            (Method::POST, "/apis/events.k8s.io/v1/namespaces/default/events".to_owned(), None),
        ] {
            assert_eq!(Effect::in_kubernetes(&method, &path), effect, "{method} {path}");
        }
    }
}
