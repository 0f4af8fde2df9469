//! Whether a trust policy lets Fargate assume a role, for the profiles of one cluster (IAM user guide, policy
//! evaluation logic and condition operators; EKS user guide, pod execution role).
//!
//! Only what such policies are made of is understood. Anything else leaves the answer open.

mod condition;

use serde_json::Value;

use self::condition::condition;
use super::arn::Arn;
use super::policy::{denies, has_action, list, statements};
use crate::eks::Cluster;

const ASSUME: &str = "sts:AssumeRole";

/// What a trust policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    Given,
    /// No statement is about Fargate.
    Missing,
    Denied,
    /// A condition admits other clusters or accounts only.
    Elsewhere {
        key: &'static str,
    },
    Unclear {
        clause: String,
    },
}

/// The Fargate profiles of one cluster, as conditions see them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profiles<'a> {
    pub(crate) partition: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    cluster: &'a str,
}

impl<'a> Profiles<'a> {
    /// Whom Fargate's kubelets are to IAM.
    pub(crate) const SERVICE: &'static str = "eks-fargate-pods.amazonaws.com";

    pub(crate) fn of(cluster: &'a Cluster) -> Option<Self> {
        let arn = Arn::parse(&cluster.arn)?;
        let name = arn.resource.strip_prefix("cluster/")?;
        Some(Self { partition: arn.partition, region: arn.region, account: arn.account, cluster: name })
    }

    /// What the ARNs of all of them begin with.
    fn prefix(&self) -> String {
        let Self { partition, region, account, cluster } = self;
        format!("arn:{partition}:eks:{region}:{account}:fargateprofile/{cluster}/")
    }

    /// A pattern that all of them match.
    pub(crate) fn pattern(&self) -> String {
        format!("{}*", self.prefix())
    }
}

/// Whether something holds for all profiles of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Holds {
    Yes,
    No { key: &'static str },
    Unclear { clause: String },
}

impl Holds {
    fn unclear(clause: &str) -> Self {
        Self::Unclear { clause: clause.to_owned() }
    }
}

/// A Deny outweighs each Allow.
pub(super) fn trust(policy: &str, profiles: &Profiles<'_>) -> Trust {
    let Some(statements) = statements(policy) else {
        return Trust::Unclear { clause: "what is no JSON".to_owned() };
    };
    let mut answer = Trust::Missing;
    // Doubts about what would allow it, and about what would deny it.
    let (mut allowing, mut denying) = (None, None);
    for statement in &statements {
        let Some(holds) = concerns(statement, profiles) else { continue };
        match (holds, denies(statement)) {
            (Holds::Yes, true) => return Trust::Denied,
            (Holds::Yes, false) => answer = Trust::Given,
            (Holds::Unclear { clause }, true) => denying = denying.or(Some(clause)),
            (Holds::Unclear { clause }, false) => allowing = allowing.or(Some(clause)),
            (Holds::No { .. }, true) => {}
            (Holds::No { key }, false) if answer == Trust::Missing => answer = Trust::Elsewhere { key },
            (Holds::No { .. }, false) => {}
        }
    }
    let doubt = if answer == Trust::Given { denying } else { allowing };
    doubt.map_or(answer, |clause| Trust::Unclear { clause })
}

/// Whether a statement holds for Fargate. None if it is about others.
fn concerns(statement: &Value, profiles: &Profiles<'_>) -> Option<Holds> {
    for clause in ["NotPrincipal", "NotAction"] {
        if statement.get(clause).is_some() {
            return Some(Holds::unclear(clause));
        }
    }
    if !has_action(statement.get("Action")?, ASSUME) {
        return None;
    }
    match principal(statement.get("Principal")?) {
        Holds::Yes => Some(statement.get("Condition").map_or(Holds::Yes, |found| condition(found, profiles))),
        Holds::No { .. } => None,
        unclear @ Holds::Unclear { .. } => Some(unclear),
    }
}

fn principal(principal: &Value) -> Holds {
    if principal.as_str() == Some("*") {
        return Holds::Yes;
    }
    let services = principal.get("Service").into_iter().flat_map(list).filter_map(Value::as_str);
    for service in services {
        match service {
            Profiles::SERVICE | "*" => return Holds::Yes,
            // China's form of other principals. Whether Fargate has it is not documented.
            other if other.strip_suffix(".cn") == Some(Profiles::SERVICE) => {
                return Holds::unclear("the principal for China");
            }
            _ => {}
        }
    }
    let is_anyone = principal.get("AWS").into_iter().flat_map(list).any(|who| who.as_str() == Some("*"));
    if is_anyone { Holds::unclear("the principal AWS: *") } else { Holds::No { key: "Principal" } }
}

#[cfg(test)]
mod tests;
