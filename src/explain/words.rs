//! The answer in words: who, whether, and why.

use super::cause::{Cause, Taking, Verdict};
use super::fit::{Found, Miss};
use super::judge::PIN;
use crate::api::COMPUTE_TYPE_KEY;
use crate::placement::Issue;

/// The subject of a sentence.
#[derive(Clone, Debug)]
pub(super) struct Who {
    /// How it begins, such as `Pod shop/web`.
    pub(super) name: String,
    /// How it goes on: `it`, `its pods`, `they`.
    pub(super) it: &'static str,
    /// Whether the name is plural.
    pub(super) are: bool,
    /// How many pods the sentence is about.
    pub(super) pods: usize,
    /// It is in a file, and not in the cluster.
    pub(super) is_planned: bool,
}

impl Who {
    fn is_many(&self) -> bool {
        self.it != "it"
    }

    /// `it` with a verb: `it lacks`, `its pods lack`.
    fn does(&self, one: &str, many: &str) -> String {
        format!("{} {}", self.it, if self.is_many() { many } else { one })
    }

    fn them(&self) -> &'static str {
        if self.is_many() { "them" } else { "it" }
    }

    fn their(&self) -> &'static str {
        if self.is_many() { "their" } else { "its" }
    }
}

/// The first line of an answer.
pub(super) fn headline(cause: &Cause, who: &Who) -> String {
    let (name, is) = (&who.name, if who.are { "are" } else { "is" });
    let so = match cause.verdict() {
        Verdict::NotOnFargate if who.is_planned => "would not run on Fargate".to_owned(),
        Verdict::NotOnFargate => format!("{is} not on Fargate"),
        Verdict::Unknown => "may be on Fargate or not".to_owned(),
        Verdict::NotYet => format!("{is} not on Fargate yet"),
        Verdict::NotWorking => format!("{is} on Fargate, but not working"),
        Verdict::OnFargate => format!("{is} on Fargate"),
        Verdict::WouldRun => "would run on Fargate".to_owned(),
        Verdict::Starting => format!("{is} about to run on Fargate"),
    };
    format!("{name} {so}: {}", sentence(&because(cause, who)))
}

/// Why.
pub(super) fn because(cause: &Cause, who: &Who) -> String {
    match cause {
        Cause::OnFargate { taking, node } if who.pods > 1 => {
            format!("{}, {} pods, one of them on node {node}", by(taking, who), who.pods)
        }
        Cause::OnFargate { taking, node } => format!("{}, node {node}", by(taking, who)),
        Cause::WouldRun(taking) => by(taking, who),
        Cause::Starting(taking) => {
            // A clause about the profile needs a comma after it.
            let comma = if taking.is_foreign || !taking.before.is_empty() { "," } else { "" };
            format!("{}{comma} has {}, and {} node is being made", by(taking, who), who.them(), who.their())
        }
        Cause::Held { issue, node, .. } => held(issue.as_ref(), node.as_deref()),
        Cause::ProfileGone(profile) => {
            format!("Fargate has taken {} for EKS profile {profile}, which no FargateProfile has", who.them())
        }
        Cause::NoFargateProfile => "there is no FargateProfile".to_owned(),
        Cause::NamespaceNotSelected { namespace, alike: None } => {
            format!("no FargateProfile has a selector for namespace {namespace}")
        }
        Cause::NamespaceNotSelected { namespace, alike: Some(by) } => format!(
            "no FargateProfile has a selector for namespace {namespace}; FargateProfile {} has one for namespace {}",
            by.object, by.namespace
        ),
        Cause::LabelMissing { by, misses } => format!(
            "{} the {} that FargateProfile {} asks for",
            who.does("lacks", "lack"),
            wanted(misses.iter().filter(|miss| miss.found == Found::Nothing)),
            by.object
        ),
        Cause::LabelDiffers { by, misses } => {
            let found: Vec<&str> = misses.iter().filter_map(Miss::found).collect();
            let (has, labels) = (who.does("has", "have"), listed(&found));
            format!("{has} {labels}, and FargateProfile {} asks for {}", by.object, pairs(misses))
        }
        Cause::LabelKeyAlike { by, misses } => {
            let alike: Vec<&Miss> = misses.iter().filter(|miss| matches!(miss.found, Found::Alike(_))).collect();
            let found: Vec<&str> = alike.iter().filter_map(|miss| miss.found()).collect();
            let (has, labels) = (who.does("has", "have"), listed(&found));
            let meant = pairs(alike.iter().copied());
            format!("{has} {labels}, and FargateProfile {} asks for {meant}: was that meant?", by.object)
        }
        Cause::ProfileCreating { object, said, .. } => {
            let them = who.them();
            format!("FargateProfile {object}, which selects {them}, has no ACTIVE EKS profile for {them} yet: {said}")
        }
        Cause::ProfileFailed { object, said } => {
            let them = who.them();
            format!("FargateProfile {object}, which selects {them}, has no ACTIVE EKS profile for {them}: {said}")
        }
        Cause::ProfileDeleting(object) => {
            format!("FargateProfile {object}, which selects {}, is being deleted", who.them())
        }
        Cause::Suspended(object) => {
            let them = who.them();
            format!(
                "FargateProfile {object}, which selects {them}, is suspended and has no ACTIVE EKS profile for {them}"
            )
        }
        Cause::ProfileUnseen(object) => {
            format!(
                "FargateProfile {object}, which selects {}, has no status: no operator has looked at it",
                who.them()
            )
        }
        Cause::OtherCluster { object, cluster } => {
            format!("FargateProfile {object}, which selects {}, is for EKS cluster {cluster}", who.them())
        }
        Cause::ProfilesUnknown(why) => format!("whether a FargateProfile selects {} is not known: {why}", who.them()),
        Cause::OlderThanProfile { taking, .. } => format!(
            "{} older than {}, and EKS gives a pod its profile only when it is created",
            who.does("is", "are"),
            profiles(taking)
        ),
        Cause::OlderOnNode { taking, node } => format!(
            "{} on {} {node} since before {} was ACTIVE, and EKS gives a pod its profile only when it is created",
            who.does("has run", "have run"),
            if who.pods > 1 { "nodes such as" } else { "node" },
            profiles(taking)
        ),
        Cause::SlippedPastWebhook { taking, node } => {
            let nodes = if who.pods > 1 { "nodes such as" } else { "node" };
            let on = |node: &String| format!("; {} on {nodes} {node}", who.does("is", "are"));
            let on = node.as_ref().map(on).unwrap_or_default();
            format!(
                "EKS's webhook did not see {} when created, although {} was ACTIVE{on}",
                who.them(),
                profiles(taking)
            )
        }
        Cause::OlderTemplate(taking) => {
            format!("{} made from an older template; the next go to {}", who.does("was", "were"), profiles(taking))
        }
        Cause::OptedOut { by_label } => {
            let what = if *by_label { "label" } else { "annotation" };
            format!("{} the {what} {COMPUTE_TYPE_KEY}: ec2, which keeps {} off", who.does("has", "have"), who.them())
        }
        Cause::DaemonSet => format!("{} of a DaemonSet, and Fargate runs no pods of DaemonSets", who.does("is", "are")),
        Cause::StaticPod => "a node makes it from a file of its own".to_owned(),
        Cause::OtherScheduler(name) => format!("schedulerName {name} gives {} to another scheduler", who.them()),
        Cause::NodeSelector(selector) => format!("{selector} asks for other nodes than Fargate's"),
        Cause::PinnedElsewhere { profile, object } => {
            let of = object.as_ref().map_or("it".to_owned(), |object| format!("FargateProfile {object}"));
            format!("the label {PIN} names EKS profile {profile}, and no selector of {of} matches {}", who.them())
        }
        Cause::PinnedUnknown(profile) => {
            format!("the label {PIN} names EKS profile {profile}, which no FargateProfile has")
        }
        Cause::NotSupported(reasons) => match reasons.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
        },
        Cause::Gated => format!("{} scheduling gates, which somebody has to remove", who.does("has", "have")),
        Cause::Ended => format!("{} ended", who.does("has", "have")),
        Cause::NoReplicas(field) => format!("it makes no pods: spec.{field} is 0"),
        Cause::WorkloadSuspended(field) => format!("it makes no pods: spec.{field} is true"),
        Cause::PodsUnknown(why) => format!("its pods are not known: {why}"),
        Cause::PodsRefused(said) => format!("its pods are refused: {said}"),
    }
}

/// With a full stop, unless it ends already.
pub(super) fn sentence(text: &str) -> String {
    if text.ends_with(['.', '?']) { text.to_owned() } else { format!("{text}.") }
}

fn by(taking: &Taking, who: &Who) -> String {
    let whose = match &taking.fargate_profile {
        _ if taking.is_foreign => ", which no FargateProfile has".to_owned(),
        Some(object) if !taking.before.is_empty() => format!(" of FargateProfile {object}"),
        Some(_) | None => String::new(),
    };
    let profile = format!("{}{whose}", profiles(taking));
    if taking.before.is_empty() {
        return profile;
    }
    let others: Vec<&str> = taking.before.iter().map(String::as_str).collect();
    let select = if others.len() == 1 { "selects" } else { "select" };
    format!("{profile}, whose name sorts before {}, which {select} {} too", listed(&others), who.them())
}

fn profiles(taking: &Taking) -> String {
    match taking.eks_profiles.as_slice() {
        [one] => format!("EKS profile {one}"),
        several => {
            let names: Vec<&str> = several.iter().map(String::as_str).collect();
            format!("EKS profile {} (AWS does not say which of these names sorts first)", names.join(" or "))
        }
    }
}

fn held(issue: Option<&Issue>, node: Option<&str>) -> String {
    match (issue, node) {
        (Some(issue), Some(node)) => format!("{} (node {node})", issue.message.trim_end_matches('.')),
        (Some(issue), None) => format!("Fargate says: {}", issue.message),
        (None, Some(node)) => format!("not Ready for ten minutes, and nothing says why (node {node})"),
        (None, None) => "taken ten minutes ago, still without a node, and nothing says why".to_owned(),
    }
}

impl Miss {
    /// What the pod has instead.
    fn found(&self) -> Option<&str> {
        match &self.found {
            Found::Nothing => None,
            Found::Differs(label) | Found::Alike(label) => Some(label),
        }
    }

    /// In a cell of a table.
    pub(crate) fn text(&self) -> String {
        let wanted = format!("{}={}", self.key, self.value);
        match &self.found {
            Found::Nothing => format!("{wanted} is missing"),
            Found::Differs(found) => format!("{wanted} is wanted, not {found}"),
            Found::Alike(found) => format!("{wanted} is missing; is {found} meant?"),
        }
    }
}

fn wanted<'a>(misses: impl Iterator<Item = &'a Miss> + Clone) -> String {
    let word = if misses.clone().count() == 1 { "label" } else { "labels" };
    format!("{word} {}", pairs(misses))
}

fn pairs<'a>(misses: impl IntoIterator<Item = &'a Miss>) -> String {
    let pairs: Vec<String> = misses.into_iter().map(|miss| format!("{}={}", miss.key, miss.value)).collect();
    listed(&pairs.iter().map(String::as_str).collect::<Vec<_>>())
}

/// `a`, `a and b`, `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
