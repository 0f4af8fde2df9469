//! Who owns a profile. The tags for owner and installation decide. A new uid under the same owner (the object was
//! recreated or restored from a backup) does not change ownership.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{TAG_INSTALLATION, TAG_OWNER, TAG_OWNER_UID, TAG_PREFIX};
use crate::eks::Profile;
use crate::message::message;

pub(crate) fn is_owned(profile: &Profile, owner: &str, installation: &str) -> bool {
    self::owner(profile, installation) == Some(owner)
}

pub(crate) fn is_of_installation(profile: &Profile, installation: &str) -> bool {
    owner(profile, installation).is_some()
}

/// The object of this installation that owns a profile.
pub(crate) fn owner<'a>(profile: &'a Profile, installation: &str) -> Option<&'a str> {
    tag(profile, TAG_OWNER).filter(|_| tag(profile, TAG_INSTALLATION) == Some(installation))
}

pub(crate) fn tags(owner: &str, uid: &str, installation: &str) -> BTreeMap<String, String> {
    [(TAG_OWNER, owner), (TAG_OWNER_UID, uid), (TAG_INSTALLATION, installation)]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// The other tools that manage a profile, with the tags that show it.
pub(crate) fn managers(profile: &Profile) -> Option<String> {
    let marks =
        profile.tags.iter().filter_map(|(key, value)| Some((manager(key, value)?.name(), format!("{key}={value}"))));
    let (who, tags): (BTreeSet<&str>, Vec<String>) = marks.unzip();
    let who: Vec<&str> = who.into_iter().collect();
    let tag = tags.first()?;
    Some(match tags.len() - 1 {
        0 => message!("{} ({tag})", who.join(" and ")),
        more => message!("{} ({tag} and {more} more)", who.join(" and ")),
    })
}

/// A tool that marks what it manages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    CloudFormation,
    Aws,
    /// Another object or installation of this operator.
    OtherOwner,
    Ack,
    AckCapability,
    ClusterApi,
    Crossplane,
    Datadog,
}

impl Manager {
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudFormation => "CloudFormation",
            Self::Aws => "AWS",
            Self::OtherOwner => "another object or installation of this operator",
            Self::Ack => "ACK",
            Self::AckCapability => "the EKS capability for ACK",
            Self::ClusterApi => "Cluster API (CAPA)",
            Self::Crossplane => "Crossplane",
            Self::Datadog => "kubectl-datadog",
        }
    }
}

/// The tool that sets this tag. Terraform, Pulumi and eksctl without a stack leave no tag.
pub(crate) fn manager(key: &str, value: &str) -> Option<Manager> {
    let key = key.to_ascii_lowercase();
    let begins = |prefix: &str| key.starts_with(prefix);
    Some(match key.as_str() {
        _ if begins("aws:cloudformation:") => Manager::CloudFormation,
        _ if begins("aws:") => Manager::Aws,
        _ if begins(TAG_PREFIX) => Manager::OtherOwner,
        _ if begins("services.k8s.aws/") => Manager::Ack,
        "eks:eks-capability-arn" | "eks:controller-version" => Manager::AckCapability,
        _ if begins("eks:kubernetes-") => Manager::AckCapability,
        _ if begins("sigs.k8s.io/cluster-api-provider-aws/") => Manager::ClusterApi,
        "crossplane-kind" | "crossplane-name" | "crossplane-providerconfig" => Manager::Crossplane,
        "managed-by" if value == "kubectl-datadog" => Manager::Datadog,
        _ => return None,
    })
}

fn tag<'a>(profile: &'a Profile, key: &str) -> Option<&'a str> {
    profile.tags.get(key).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(tags: &[(&str, &str)]) -> Option<String> {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        managers(&Profile { tags, ..crate::state::fixture::foreign("web", crate::eks::ProfileStatus::Active) })
    }

    #[test]
    fn who_manages_a_profile_is_told_by_the_marks_that_each_leaves() {
        for (manager, key, value) in [
            ("CloudFormation", "aws:cloudformation:stack-name", "network"),
            ("CloudFormation", "aws:cloudformation:stack-id", "arn:aws:cloudformation:eu-central-1:1:stack/network/1"),
            ("AWS", "aws:servicecatalog:productArn", "arn"),
            ("another object or installation of this operator", TAG_OWNER, "web"),
            ("another object or installation of this operator", TAG_INSTALLATION, "id"),
            ("ACK", "services.k8s.aws/controller-version", "eks-v1.20.0"),
            ("ACK", "services.k8s.aws/namespace", "infra"),
            ("the EKS capability for ACK", "eks:controller-version", "1"),
            ("the EKS capability for ACK", "eks:kubernetes-namespace", "infra"),
            ("the EKS capability for ACK", "eks:kubernetes-resource-name", "web"),
            ("the EKS capability for ACK", "eks:kubernetes-api-group", "eks.services.k8s.aws"),
            ("the EKS capability for ACK", "eks:eks-capability-arn", "arn"),
            ("Cluster API (CAPA)", "sigs.k8s.io/cluster-api-provider-aws/cluster/prod", "owned"),
            ("Cluster API (CAPA)", "sigs.k8s.io/cluster-api-provider-aws/role", "common"),
            ("Crossplane", "crossplane-kind", "fargateprofile.eks.aws.upbound.io"),
            ("Crossplane", "crossplane-name", "web"),
            ("Crossplane", "crossplane-providerconfig", "default"),
            ("kubectl-datadog", "managed-by", "kubectl-datadog"),
        ] {
            assert_eq!(told(&[(key, value), ("team", "web")]), Some(format!("{manager} ({key}={value})")));
        }
        for (key, value) in [
            ("team", "web"),
            ("managed-by", "terraform"),
            ("managed-by", "kubectl-datadog-2"),
            ("crossplane", "yes"),
            ("eks:cluster-name", "prod"),
            ("services.k8s.aws", "x"),
            ("alpha.eksctl.io/cluster-name", "prod"),
        ] {
            assert_eq!(told(&[(key, value)]), None, "{key}={value}");
        }
        assert_eq!(
            told(&[("crossplane-name", "web"), ("services.k8s.aws/namespace", "infra")]).as_deref(),
            Some("ACK and Crossplane (crossplane-name=web and 1 more)")
        );
    }
}
