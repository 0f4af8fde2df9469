//! Which requests are effects: what changes EKS, a `FargateProfile` in Kubernetes, or a pod. Events are none.

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
}

impl Effect {
    /// Of a request to EKS.
    pub(super) fn in_eks(method: &Method, path: &str) -> Option<Self> {
        let profiles = path.starts_with("/clusters/") && path.contains("/fargate-profiles");
        let tags = path.starts_with("/tags/");
        match *method {
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
        let object = path.strip_prefix("/apis/fargate-operator.dev/")?.contains("/fargateprofiles/");
        match *method {
            Method::GET | Method::HEAD => None,
            _ if path.ends_with("/status") => Some(Self::Status),
            _ => object.then_some(Self::Finalizer),
        }
    }
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
            (Method::POST, "/", None),
        ] {
            assert_eq!(Effect::in_eks(&method, path), effect, "{method} {path}");
        }
        let objects = "/apis/fargate-operator.dev/v1alpha1/fargateprofiles";
        for (method, path, effect) in [
            (Method::PATCH, format!("{objects}/web"), Some(Effect::Finalizer)),
            (Method::PATCH, format!("{objects}/web/status"), Some(Effect::Status)),
            (Method::GET, format!("{objects}/web"), None),
            (Method::GET, objects.to_owned(), None),
            (Method::POST, "/api/v1/namespaces/web/pods/web-1/eviction".to_owned(), Some(Effect::Evict)),
            (Method::GET, "/api/v1/namespaces/web/pods".to_owned(), None),
            (Method::POST, "/apis/events.k8s.io/v1/namespaces/default/events".to_owned(), None),
        ] {
            assert_eq!(Effect::in_kubernetes(&method, &path), effect, "{method} {path}");
        }
    }
}
