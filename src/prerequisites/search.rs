//! Finds the subnets of profiles that name none, where the operator is told to look for them. Pure.
//!
//! A subnet is found if the checks would find nothing that blocks for a profile in it alone. So what is found, and what is
//! told of subnets that somebody names, rest on one judgement.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::checks;
use super::evidence::{Evidence, Question};
use super::finding::{Check, Finding, Severity, id};
use super::network;
use super::reads::Reads;
use crate::aws::Unread;
use crate::ec2::Tags;
use crate::message::{cut, message};

/// How much of an error, a search or a name a message has room for.
const WORDS: usize = 40;

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Search {
    /// The private subnets with a way out: those of the cluster or, if none of these is private, others of its VPC.
    Auto,
    /// The subnets of the VPC with all of these tags. A person chose them, so nothing else is asked of them.
    Tagged(Tags),
}

impl fmt::Display for Search {
    /// As the setting is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Tagged(tags) = self else { return f.write_str("auto") };
        for (at, (key, value)) in tags.iter().enumerate() {
            f.write_str(if at == 0 { "tag:" } else { ",tag:" })?;
            f.write_str(key)?;
            value.iter().try_for_each(|value| write!(f, "={value}"))?;
        }
        Ok(())
    }
}

/// What to ask next. As with the checks, it is asked until it is empty.
pub fn reads_for(search: &Search, evidence: &Evidence) -> Reads {
    if evidence.cluster.vpc.is_none() {
        return Reads::default();
    }
    let is_new = !evidence.candidates.is_asked();
    match search {
        Search::Tagged(tags) => Reads { candidates: is_new.then(|| tags.clone()), ..Reads::default() },
        Search::Auto => {
            let needs = Needs::of(evidence);
            Reads {
                candidates: is_new.then(Tags::new),
                route_tables: !evidence.route_tables.is_asked(),
                nat_gateways: needs.nat_gateways && !evidence.nat_gateways.is_asked(),
                endpoints: needs.endpoints && !evidence.endpoints.is_asked(),
                ..Reads::default()
            }
        }
    }
}

/// The subnets that are found, of which there is at least one.
///
/// # Errors
/// Why there is none, for people.
pub fn find(search: &Search, evidence: &Evidence) -> Result<BTreeSet<String>, String> {
    let Some(vpc) = evidence.cluster.vpc.as_deref().map(id) else {
        let name = cut(&evidence.cluster.name, WORDS);
        return Err(message!(
            "EKS names no VPC of cluster {name}, in which --default-subnets could be found: set spec.subnets"
        ));
    };
    if let Some(unread) = unread(search, evidence) {
        return Err(told(search, unread));
    }
    let found: BTreeSet<String> = match search {
        Search::Tagged(_) => candidates(evidence).map(str::to_owned).collect(),
        Search::Auto => pool(evidence).into_iter().filter(|id| is_good(id, evidence)).map(str::to_owned).collect(),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    Err(match search {
        Search::Auto => message!(
            "--default-subnets auto finds no private subnet with a way out in VPC {vpc}: have the default route of one lead to \
             a NAT gateway, or set spec.subnets, or ids as --default-subnets"
        ),
        Search::Tagged(_) => {
            let search = cut(&search.to_string(), WORDS);
            message!(
                "--default-subnets {search} finds no subnet in VPC {vpc}: tag some (aws ec2 create-tags), or set \
                 spec.subnets, or ids as --default-subnets"
            )
        }
    })
}

fn candidates(evidence: &Evidence) -> impl Iterator<Item = &str> {
    evidence.candidates.known().into_iter().flatten().map(String::as_str)
}

/// The private subnets to choose from. A cluster that has some is not moved to others of its VPC because a way out is
/// missing: what these are for, nobody has said.
fn pool(evidence: &Evidence) -> Vec<&str> {
    let is_own = |id: &&str| evidence.cluster.subnets.contains(*id);
    let private = || candidates(evidence).filter(|id| !network::is_public(id, evidence));
    let own: Vec<&str> = private().filter(is_own).collect();
    if own.is_empty() { private().collect() } else { own }
}

/// Whether a profile would work in this subnet alone, as far as that can be told.
fn is_good(subnet: &str, evidence: &Evidence) -> bool {
    let question = about(std::iter::once(subnet));
    let is_bad = |finding: &Finding| finding.severity == Severity::Blocking || finding.check == Check::ZoneRefused;
    !checks::OF_SUBNET.iter().flat_map(|check| check(&question, evidence)).any(|finding| is_bad(&finding))
}

fn about<'a>(subnets: impl Iterator<Item = &'a str>) -> Question {
    Question { subnets: Some(subnets.map(str::to_owned).collect()), ..Question::default() }
}

/// What the judgement rests on, beside subnets and route tables.
struct Needs {
    nat_gateways: bool,
    endpoints: bool,
}

impl Needs {
    fn of(evidence: &Evidence) -> Self {
        let question = about(pool(evidence).into_iter());
        let mut ways = network::subnets(&question, evidence).into_iter().filter_map(|id| network::way(id, evidence));
        Self {
            nat_gateways: checks::nat_gateways(&question, evidence).next().is_some(),
            endpoints: ways.any(|way| !way.leads_out || !way.dead.is_empty()),
        }
    }
}

/// What is needed and could not be read. Half a judgement would choose other subnets than a whole one.
fn unread<'a>(search: &Search, evidence: &'a Evidence) -> Option<&'a Unread> {
    let candidates = evidence.candidates.unread();
    match search {
        Search::Tagged(_) => candidates,
        Search::Auto => {
            let needs = Needs::of(evidence);
            let gateways = || evidence.nat_gateways.unread().filter(|_| needs.nat_gateways);
            let endpoints = || evidence.endpoints.unread().filter(|_| needs.endpoints);
            candidates.or_else(|| evidence.route_tables.unread()).or_else(gateways).or_else(endpoints)
        }
    }
}

fn told(search: &Search, unread: &Unread) -> String {
    let search = cut(&search.to_string(), WORDS);
    match unread {
        Unread::Denied { action } => message!(
            "the operator may not {action}, so it cannot find --default-subnets {search}: allow it to the operator's IAM role \
             (see deploy/iam/checks.json), or set spec.subnets"
        ),
        Unread::Failed { action, why } => {
            let why = cut(why, WORDS);
            message!(
                "{action} failed ({why}), so the operator cannot find --default-subnets {search}: it asks again, or set \
                 spec.subnets"
            )
        }
    }
}
