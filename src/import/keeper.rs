//! Who manages a profile until the operator does, and how it is made to let go without a deletion.

use std::collections::BTreeMap;

use super::shell::quoted;
use crate::state::{Manager, manager};

/// Who manages a profile now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keeper {
    /// No tag says so.
    #[default]
    Unknown,
    /// It acts only when somebody runs it.
    Eksctl,
    Terraform {
        address: String,
        /// The pod execution role and what is attached to it, if the module of the profile makes them.
        beside: Vec<String>,
    },
    /// With the arguments by which kubectl finds its object.
    Ack {
        arguments: String,
    },
    Crossplane {
        arguments: String,
        /// The spec by which the profile outlives its object.
        orphaned: &'static str,
    },
    Capa {
        arguments: String,
        cluster: Option<String>,
    },
    /// The custom resource of CDK, whose function creates the profile, so that it bears no tag of CloudFormation.
    Cdk {
        resource: String,
        /// The pod execution role and what is attached to it, if the template makes them.
        beside: Vec<String>,
    },
    CloudFormation {
        resource: String,
        beside: Vec<String>,
    },
    /// Told by a tag.
    Marked(Manager),
}

impl Keeper {
    pub(super) fn of_tags(tags: &BTreeMap<String, String>) -> Self {
        tags.iter().find_map(|(key, value)| manager(key, value)).map_or(Self::Unknown, Self::Marked)
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "nobody that its tags name",
            Self::Eksctl => "eksctl",
            Self::Terraform { .. } => "Terraform",
            Self::Ack { .. } => Manager::Ack.name(),
            Self::Crossplane { .. } => Manager::Crossplane.name(),
            Self::Capa { .. } => Manager::ClusterApi.name(),
            Self::Cdk { .. } => "AWS CDK",
            Self::CloudFormation { .. } => Manager::CloudFormation.name(),
            Self::Marked(manager) => manager.name(),
        }
    }

    /// The tags that the tool leaves behind. They keep the operator from adopting the profile.
    fn marks(&self) -> Vec<String> {
        let marks: &[&str] = match self {
            Self::Ack { .. } => &["services.k8s.aws/controller-version", "services.k8s.aws/namespace"],
            Self::Crossplane { .. } => &["crossplane-kind", "crossplane-name", "crossplane-providerconfig"],
            Self::Capa { cluster: Some(cluster), .. } => {
                return vec![format!("sigs.k8s.io/cluster-api-provider-aws/cluster/{cluster}")];
            }
            _ => &[],
        };
        marks.iter().map(|mark| (*mark).to_owned()).collect()
    }

    /// The steps, in order, to make the tool release the profile without deleting it.
    pub(super) fn let_go(&self, profile: &str, cluster: Option<&str>, tags: &BTreeMap<String, String>) -> Vec<String> {
        let marked = tags.iter().filter(|(key, value)| manager(key, value).is_some()).map(|(key, _)| key.clone());
        let mut marks: Vec<String> = marked.filter(|key| !key.starts_with("aws:")).chain(self.marks()).collect();
        marks.sort();
        marks.dedup();
        let mut steps = self.steps(cluster);
        if !marks.is_empty() {
            let (cluster, profile) = (quoted(cluster.unwrap_or("CLUSTER")), quoted(profile));
            let marks: Vec<String> = marks.iter().map(|mark| quoted(mark)).collect();
            steps.push(format!(
                "take its tags off, since the operator takes over nothing that bears them: aws eks untag-resource --tag-keys {} \
                 --resource-arn \"$(aws eks describe-fargate-profile --cluster-name {cluster} --fargate-profile-name {profile} \
                 --query fargateProfile.fargateProfileArn --output text)\"",
                marks.join(" ")
            ));
        }
        steps
    }

    fn steps(&self, cluster: Option<&str>) -> Vec<String> {
        let owned = |steps: &[&str]| steps.iter().map(|step| (*step).to_owned()).collect();
        match self {
            Self::Unknown => owned(&[
                "look whether Terraform, Pulumi, eksctl or CDK has it, which leave no tag: import it from there, which says how they let go",
            ]),
            Self::Eksctl => vec![
                "nothing keeps it: take it out of the ClusterConfig, and do not run eksctl delete fargateprofile for it".to_owned(),
                format!(
                    "keep its stack of the pod execution role (eksctl-{}-fargate), if eksctl made the role: eksctl delete cluster \
                     deletes it",
                    cluster.unwrap_or("CLUSTER")
                ),
            ],
            Self::Terraform { address, beside } => vec![terraform(address, beside)],
            Self::Ack { arguments } => vec![
                format!("kubectl annotate --overwrite {arguments} services.k8s.aws/deletion-policy=retain"),
                format!("kubectl delete {arguments}"),
            ],
            Self::Crossplane { arguments, orphaned } => vec![
                format!("kubectl patch {arguments} --type merge -p '{{\"spec\":{orphaned}}}'"),
                format!("kubectl delete {arguments}"),
            ],
            Self::Capa { arguments, .. } => vec![
                "scale CAPA's controller to 0 until the other steps are done, since it deletes the profiles that bear its tag: kubectl -n \
                 capa-system scale deployment capa-controller-manager --replicas=0"
                    .to_owned(),
                format!("kubectl patch {arguments} --type merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'"),
                format!("kubectl delete {arguments}"),
            ],
            Self::Cdk { resource, beside } => vec![
                format!(
                    "give {} the removal policy RETAIN (node.defaultChild.applyRemovalPolicy(RemovalPolicy.RETAIN)) and run cdk deploy",
                    with_role(resource, beside)
                ),
                "take it out of the app and run cdk deploy again, before the manifest is applied: it bears no aws: tag, so the operator \
                 would not see that the stack still acts on it"
                    .to_owned(),
            ],
            Self::CloudFormation { resource, beside } => {
                let mut steps = vec![
                    format!(
                        "give {} DeletionPolicy: Retain and UpdateReplacePolicy: Retain, and update the stack",
                        with_role(resource, beside)
                    ),
                    "take it out of the template, and update the stack again".to_owned(),
                ];
                steps.push(of_manager(Manager::CloudFormation));
                steps
            }
            Self::Marked(manager) => vec![of_manager(*manager)],
        }
    }
}

/// What has to outlive its stack.
fn with_role(resource: &str, beside: &[String]) -> String {
    if beside.is_empty() { resource.to_owned() } else { format!("{resource} and its role ({})", beside.join(", ")) }
}

fn terraform(address: &str, beside: &[String]) -> String {
    let addresses = || std::iter::once(address).chain(beside.iter().map(String::as_str));
    let words: Vec<String> = addresses().map(quoted).collect();
    let role = if beside.is_empty() { "" } else { " (the role too, which its module makes and deletes with itself)" };
    // `removed` takes no instance keys: without them it means all instances.
    let mut resources: Vec<String> = addresses().map(without_keys).collect();
    resources.dedup();
    let all = if resources[0] == address { "" } else { ", for all instances at once," };
    let block =
        |resource: &String| format!("\nremoved {{\n  from = {resource}\n  lifecycle {{\n    destroy = false\n  }}\n}}");
    let blocks: String = resources.iter().map(block).collect();
    format!(
        "terraform state rm {}{role}, and only then take that out of the code; or{all} write this in its place, and run terraform apply:{blocks}",
        words.join(" ")
    )
}

/// An address without the keys of its instances, which may be any texts.
fn without_keys(address: &str) -> String {
    let (mut plain, mut is_key, mut is_text, mut is_escaped) = (String::new(), false, false, false);
    for letter in address.chars() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            '[' | ']' if !is_text => is_key = letter == '[',
            _ if is_key => {}
            other => plain.push(other),
        }
    }
    plain
}

/// How a tool that is known only by a tag releases the profile.
fn of_manager(manager: Manager) -> String {
    match manager {
        Manager::CloudFormation | Manager::Aws => {
            "its aws: tags stay for ever, and the operator takes over nothing that bears them: set spec.adoption: Never and another \
             spec.profileName to have a profile created beside it, and delete this one when its pods have moved"
        }
        Manager::OtherOwner => "it belongs to another object or installation of this operator: delete that with deletionPolicy: Retain",
        Manager::Ack => "delete the object of ACK with the annotation services.k8s.aws/deletion-policy: retain",
        Manager::AckCapability => {
            "delete the object of the EKS capability with the annotation services.k8s.aws/deletion-policy: retain"
        }
        Manager::ClusterApi => "let go of its AWSFargateProfile: import it with --from capa, which says how",
        Manager::Crossplane => "delete the object of Crossplane with managementPolicies: [Observe], and deletionPolicy: Orphan where it has that field",
        Manager::Datadog => "kubectl-datadog made it for Karpenter by CloudFormation: leave it there",
    }
    .to_owned()
}
