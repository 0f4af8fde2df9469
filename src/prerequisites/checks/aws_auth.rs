//! The ConfigMap aws-auth, which lets a role into a cluster whose authentication mode has it (EKS user guide, aws-auth;
//! terraform-aws-modules/terraform-aws-eks#1819, #2912; aws/containers-roadmap#807).
//!
//! EKS adds the role when it creates a profile. So it is missed only if the role serves.

use crate::message::{cut, message};
use crate::prerequisites::evidence::{Evidence, Question, Read};
use crate::prerequisites::finding::{Check, Finding, Severity};
use crate::prerequisites::map_roles::{Mapping, mapping};

/// How much of an ARN a message has room for.
const ARN: usize = 70;

pub(super) fn aws_auth(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(role) = question.own_role(evidence).and_then(|arn| arn.role()) else { return Vec::new() };
    let Some(roles) = evidence.map_roles.known() else { return Vec::new() };
    // Access entries come first, where there are any. Whether both lack the role, their check tells.
    let alone = evidence.cluster.authentication_mode == "CONFIG_MAP";
    let entry = evidence.roles.get(&question.role).map(|known| &known.access_entry);
    let is_last_resort = alone || matches!(entry, Some(Read::Known(None)));
    let blocks_if = |so: bool| if alone && so { Severity::Blocking } else { Severity::Advisory };
    let (severity, message) = match mapping(roles.as_deref(), &question.role) {
        Mapping::Complete => return Vec::new(),
        Mapping::Unreadable => {
            (blocks_if(true), message!("mapRoles of ConfigMap kube-system/aws-auth is no YAML list: mend it"))
        }
        Mapping::Absent | Mapping::Otherwise(_) if !alone || !question.role_serves => return Vec::new(),
        Mapping::Absent => (
            blocks_if(true),
            message!(
                "ConfigMap kube-system/aws-auth lacks role {role}, so its pods stay Pending: add it to mapRoles (see \
                 docs/prerequisites.md)"
            ),
        ),
        Mapping::Otherwise(arn) => {
            let arn = cut(&arn, ARN);
            (blocks_if(true), message!("aws-auth names the role as {arn}, so pods stay Pending: write :role/{role}"))
        }
        Mapping::Incomplete(_) if !is_last_resort => return Vec::new(),
        Mapping::Incomplete(lacks) => (
            blocks_if(question.role_serves),
            message!(
                "ConfigMap kube-system/aws-auth maps role {role} without {lacks}, so no Fargate node joins: add it"
            ),
        ),
    };
    vec![Finding { severity, check: Check::AwsAuth, message }]
}
