//! Which operation a request means (method and path of the model, botocore `eks/2017-11-01`).

use percent_encoding::percent_decode_str;

use crate::Operation;

/// The operation and what the path names.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Route {
    pub(crate) operation: Option<Operation>,
    pub(crate) cluster: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) arn: Option<String>,
    /// The principal of an access entry, or an add-on.
    pub(crate) item: Option<String>,
}

/// Reads method and path (without the query).
pub(crate) fn route(method: &str, path: &str) -> Route {
    if let Some(arn) = path.strip_prefix("/tags/") {
        return tags(method, decode(arn));
    }
    let segments: Vec<String> = path.trim_start_matches('/').split('/').map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let of = |operation, cluster: &str, profile: Option<&str>| Route {
        operation: Some(operation),
        cluster: Some(cluster.to_owned()).filter(|name| !name.is_empty()),
        profile: profile.map(str::to_owned),
        ..Route::default()
    };
    let item = |operation, cluster: &str, item: String| Route { item: Some(item), ..of(operation, cluster, None) };
    match (method, segments.as_slice()) {
        ("POST", ["clusters"]) => of(Operation::CreateCluster, "", None),
        ("GET", ["clusters"]) => of(Operation::ListClusters, "", None),
        ("GET", ["clusters", name]) => of(Operation::DescribeCluster, name, None),
        ("DELETE", ["clusters", name]) => of(Operation::DeleteCluster, name, None),
        ("POST", ["clusters", name, "fargate-profiles"]) => of(Operation::CreateFargateProfile, name, None),
        ("GET", ["clusters", name, "fargate-profiles"]) => of(Operation::ListFargateProfiles, name, None),
        ("GET", ["clusters", name, "fargate-profiles", profile]) => {
            of(Operation::DescribeFargateProfile, name, Some(profile))
        }
        ("DELETE", ["clusters", name, "fargate-profiles", profile]) => {
            of(Operation::DeleteFargateProfile, name, Some(profile))
        }
        // Clients differ in whether they encode the slashes of an ARN.
        ("GET", ["clusters", name, "access-entries", principal @ ..]) if !principal.is_empty() => {
            item(Operation::DescribeAccessEntry, name, principal.join("/"))
        }
        ("DELETE", ["clusters", name, "access-entries", principal @ ..]) if !principal.is_empty() => {
            item(Operation::DeleteAccessEntry, name, principal.join("/"))
        }
        ("POST", ["clusters", name, "access-entries"]) => of(Operation::CreateAccessEntry, name, None),
        ("GET", ["clusters", name, "addons", addon]) => item(Operation::DescribeAddon, name, (*addon).to_owned()),
        ("POST", ["clusters", name, "addons", addon, "update"]) => {
            item(Operation::UpdateAddon, name, (*addon).to_owned())
        }
        _ => Route::default(),
    }
}

fn tags(method: &str, arn: String) -> Route {
    let operation = match method {
        "POST" => Operation::TagResource,
        "DELETE" => Operation::UntagResource,
        "GET" => Operation::ListTagsForResource,
        _ => return Route::default(),
    };
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let parts: Vec<&str> = resource.split('/').collect();
    let (cluster, profile) = match parts.as_slice() {
        ["cluster", name] => (Some((*name).to_owned()), None),
        ["fargateprofile", cluster, name, _] => (Some((*cluster).to_owned()), Some((*name).to_owned())),
        _ => (None, None),
    };
    Route { operation: Some(operation), cluster, profile, arn: Some(arn), item: None }
}

/// Undoes percent-encoding.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Operation, route};

    #[test]
    fn a_tag_path_names_cluster_and_profile_whether_its_arn_is_encoded_or_not() {
        let plain = "/tags/arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/web/1-2";
        let encoded = "/tags/arn%3Aaws%3Aeks%3Aeu-central-1%3A111122223333%3Afargateprofile%2Fprod%2Fweb%2F1-2";
        let (plain, encoded) = (route("POST", plain), route("POST", encoded));
        assert_eq!(plain, encoded);
        assert_eq!(plain.operation, Some(Operation::TagResource));
        assert_eq!(plain.cluster.as_deref(), Some("prod"));
        assert_eq!(plain.profile.as_deref(), Some("web"));
    }

    #[test]
    fn names_are_decoded_and_unknown_paths_are_no_operation() {
        let found = route("GET", "/clusters/a%20b/fargate-profiles/c%2Fd");
        assert_eq!(found.cluster.as_deref(), Some("a b"));
        assert_eq!(found.profile.as_deref(), Some("c/d"));
        assert_eq!(route("PUT", "/clusters/a").operation, None);
        assert_eq!(route("GET", "/clusters/a/node-groups").operation, None);
    }
}
