//! What the operator may mend by itself, if the install asks for it: the pod execution role, access entries, CoreDNS. Pure: from
//! what AWS and the cluster say to the one call that comes next.
//!
//! # Guarantees
//! - Nothing foreign is changed: no role and no Deployment without the operator's mark, no access entry of another type.
//! - A call that was interrupted, or that somebody else was faster with, shows in what is read next, and is no harm if it
//!   comes again.

mod access_entry;
mod coredns;
mod role;
mod settings;

use crate::api::Reason;
use crate::aws::Unread;
use crate::eks::NewAccessEntry;
use crate::iam::NewRole;
use crate::message::{cut, message};

pub use access_entry::next as next_for_entry;
pub use coredns::{DeploymentPatch, Way, Workload};
pub use role::ManagedRole;
pub use settings::{RoleSettings, Settings};

/// How much of an error a message has room for.
const WHY: usize = 100;

/// One effect that mends something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mend {
    CreateRole(NewRole),
    AttachPolicy {
        role: String,
        policy: String,
    },
    DetachPolicy {
        role: String,
        policy: String,
    },
    DeleteRole {
        role: String,
    },
    CreateAccessEntry(NewAccessEntry),
    /// Delete the entry, which is older than its role, and create it again.
    RenewAccessEntry(NewAccessEntry),
    /// Delete the entry of this role, which is about to be deleted.
    DeleteAccessEntry {
        role: String,
    },
    ConfigureAddon {
        addon: &'static str,
        configuration: String,
        way: Way,
    },
    PatchDeployment(DeploymentPatch),
}

impl Mend {
    /// What is done, in one word.
    pub fn action(&self) -> &'static str {
        match self {
            Self::CreateRole(_) => "CreateRole",
            Self::AttachPolicy { .. } => "AttachRolePolicy",
            Self::DetachPolicy { .. } => "DetachRolePolicy",
            Self::DeleteRole { .. } => "DeleteRole",
            Self::CreateAccessEntry(_) => "CreateAccessEntry",
            Self::RenewAccessEntry(_) => "RenewAccessEntry",
            Self::DeleteAccessEntry { .. } => "DeleteAccessEntry",
            Self::ConfigureAddon { way: Way::ToFargate, .. } => "ConfigureAddonForFargate",
            Self::ConfigureAddon { way: Way::Back, .. } => "ConfigureAddonBack",
            Self::PatchDeployment(DeploymentPatch { way: Way::ToFargate, .. }) => "PatchDeploymentForFargate",
            Self::PatchDeployment(DeploymentPatch { way: Way::Back, .. }) => "PatchDeploymentBack",
        }
    }

    /// What is done to what. It stays the same from try to try.
    pub fn key(&self) -> String {
        let action = self.action();
        match self {
            Self::CreateRole(role) => format!("{action} {}", role.name),
            Self::AttachPolicy { role, .. }
            | Self::DetachPolicy { role, .. }
            | Self::DeleteRole { role }
            | Self::DeleteAccessEntry { role } => format!("{action} {role}"),
            Self::CreateAccessEntry(entry) | Self::RenewAccessEntry(entry) => format!("{action} {}", entry.principal),
            Self::ConfigureAddon { addon, .. } => format!("{action} {addon}"),
            Self::PatchDeployment(patch) => format!("{action} {}/{}", patch.namespace, patch.name),
        }
    }
}

/// Why nothing is mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    pub reason: Reason,
    /// What is so, and the way out.
    pub message: String,
    /// It passes by itself. Otherwise a person has to act.
    pub passes: bool,
}

impl Obstacle {
    /// Something that is not the operator's to change.
    fn held(message: String) -> Self {
        Self { reason: Reason::MendingHeld, message, passes: false }
    }

    /// What could not be read.
    pub(crate) fn of(unread: &Unread) -> Self {
        match unread {
            Unread::Denied { action } => Self {
                reason: Reason::AccessDenied,
                message: message!(
                    "the operator may not {action}, which it needs for what it is to mend: allow it (docs/mending.md), or \
                     switch that off"
                ),
                passes: false,
            },
            Unread::Failed { action, why } => {
                let why = cut(why, WHY);
                Self {
                    reason: Reason::Mending,
                    message: message!(
                        "{action} failed ({why}), which the operator needs for what it is to mend: it asks again"
                    ),
                    passes: true,
                }
            }
        }
    }
}

/// The next call, if one is due and possible.
pub type Next = Result<Option<Mend>, Obstacle>;
