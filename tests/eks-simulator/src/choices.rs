//! What nobody outside AWS knows about the service, to be set one way or the other.
//!
//! Each field is something for which no document, model or public report was found. A client has to do right
//! under every value.

use serde::{Deserialize, Serialize};

/// The unknown behaviours; the defaults are the likelier ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choices {
    /// What a second CreateFargateProfile with the same `clientRequestToken` gets.
    pub token_replay: TokenReplay,
    /// Which characters a profile name may have. This one is known by now; the other values are for clients that are to
    /// bear with an EKS that takes fewer.
    pub name_characters: NameCharacters,
    /// What becomes of a CreateFargateProfile that names no subnets.
    pub omitted_subnets: OmittedSubnets,
    /// What a DeleteFargateProfile of a profile that is already DELETING gets.
    pub repeated_delete: RepeatedDelete,
    /// Which of two 409s wins when the name is taken and the cluster is busy as well.
    pub first_conflict: FirstConflict,
    /// Whether profiles can be created and deleted while an add-on is UPDATING.
    pub addon_update: AddonUpdate,
    /// Whether the fields that the model gives an error besides its message say anything.
    pub error_fields: ErrorFields,
}

/// The model marks `clientRequestToken` as an idempotency token and says no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenReplay {
    /// The profile that the token made is described again as long as it exists.
    #[default]
    WhileItExists,
    /// The first reply is repeated for ever, also when the profile is gone and nothing is created.
    ForEver,
    /// The token means nothing: 409 because the name exists.
    Ignored,
}

/// The default is what was measured (badmintoncryer/cdk-preflight, `pf-eks-fargate-name-charset`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameCharacters {
    /// Nearly as for cluster names in the model: a letter or digit, then letters, digits, `-` and `_`, all of
    /// Unicode's.
    #[default]
    LikeClusters,
    /// The same, but a letter must come first.
    LetterFirst,
    /// Anything goes.
    Any,
}

/// Subnets are optional in the model, in CloudFormation and in Terraform. What is picked is known from an error's text
/// alone (eksctl-io/eksctl 2746: "No subnets were given, and the subnets provided during cluster creation are all
/// public").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OmittedSubnets {
    /// The cluster's own private subnets are filled in and come back in Describe.
    #[default]
    ClusterPrivate,
    /// The list stays empty.
    Empty,
    /// InvalidParameterException.
    Refused,
}

/// Deleting twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatedDelete {
    /// 409: the cluster has a profile in status DELETING, which is the very one.
    #[default]
    Conflict,
    /// 200 with the profile as it is.
    Accepted,
}

/// The order of two checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstConflict {
    /// `A Fargate Profile already exists with this name in this cluster.`
    #[default]
    NameExists,
    /// `Cannot create Fargate Profile B because cluster C currently has …`
    ClusterBusy,
}

/// eksctl-io/eksctl 8514 shows a profile that was refused because of an update in progress, which nobody but the creation of
/// add-ons can have begun. Whether their updates do so is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddonUpdate {
    /// They cannot: it is a cluster update that DescribeCluster does not show.
    #[default]
    BlocksProfiles,
    /// They can.
    BesideProfiles,
}

/// The model has `clusterName`, `fargateProfileName` and more; in what moto's authors recorded they are null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorFields {
    /// All null.
    #[default]
    Null,
    /// Filled in where the simulator knows what to say.
    Filled,
}
