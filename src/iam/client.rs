//! IAM through its query API.

use std::collections::BTreeSet;

use async_trait::async_trait;
use percent_encoding::percent_decode_str;

use super::{Iam, NewRole, Role};
use crate::aws::{Api, Element, Incomplete, Parameters, QueryApi, QueryClient, Session, Unread};
use crate::failure::{Class, Failure};

pub(crate) const IAM: QueryApi = QueryApi {
    api: Api { name: "IAM", signing_name: "iam", is_global: true },
    version: "2010-05-08",
    next_page: ("Marker", "Marker"),
};

/// [`Iam`] on the SDK's runtime.
pub struct SdkIam {
    reads: QueryClient,
    /// It makes one attempt per call, see [`Iam`].
    changes: QueryClient,
}

impl SdkIam {
    pub fn new(session: &Session) -> Self {
        Self { reads: QueryClient::new(&IAM, session), changes: QueryClient::new(&IAM, &session.without_retries()) }
    }

    async fn change(&self, action: &'static str, parameters: &Parameters) -> Result<(), Failure> {
        self.changes.call(action, parameters).await.map(drop)
    }

    /// Deletes something, which may be gone already.
    async fn remove(&self, action: &'static str, parameters: &Parameters) -> Result<(), Failure> {
        self.change(action, parameters).await.or_else(|failure| match failure.class {
            Class::Gone => Ok(()),
            Class::Wait | Class::Retry | Class::Propagation | Class::Fix => Err(failure),
        })
    }

    /// What a list of a role's has, of all pages.
    async fn all(
        &self,
        action: &'static str,
        role: &str,
        list: &'static str,
        read: impl Fn(&Element) -> Result<String, Incomplete>,
    ) -> Result<BTreeSet<String>, Unread> {
        let found = self.reads.list(action, named(role), list, read).await;
        Ok(Unread::unless_gone(action, found)?.unwrap_or_default().into_iter().collect())
    }
}

#[async_trait]
impl Iam for SdkIam {
    async fn role(&self, name: &str) -> Result<Option<Role>, Unread> {
        const ACTION: &str = "iam:GetRole";
        let answer = self.reads.call(ACTION, &named(name)).await;
        let found = answer.and_then(|answer| {
            let found = answer.child("Role").ok_or(Incomplete("Role")).and_then(role);
            found.map_err(|missing| self.reads.incomplete(ACTION, &missing))
        });
        Unread::unless_gone(ACTION, found)
    }

    async fn attached_policies(&self, role: &str) -> Result<BTreeSet<String>, Unread> {
        let arn = |policy: &Element| Ok(policy.required("PolicyArn")?.to_owned());
        self.all("iam:ListAttachedRolePolicies", role, "AttachedPolicies", arn).await
    }

    async fn inline_policies(&self, role: &str) -> Result<BTreeSet<String>, Unread> {
        let name = |policy: &Element| Ok(policy.value().to_owned());
        self.all("iam:ListRolePolicies", role, "PolicyNames", name).await
    }

    async fn create_role(&self, role: &NewRole) -> Result<(), Failure> {
        let mut parameters = named(&role.name);
        let mut add = |name: String, value: &str| parameters.push((name, value.to_owned()));
        add("Path".to_owned(), &role.path);
        add("Description".to_owned(), &role.description);
        add(TRUST.to_owned(), &role.trust_policy);
        if let Some(boundary) = &role.permissions_boundary {
            add("PermissionsBoundary".to_owned(), boundary);
        }
        for (at, (key, value)) in (1..).zip(&role.tags) {
            add(format!("Tags.member.{at}.Key"), key);
            add(format!("Tags.member.{at}.Value"), value);
        }
        self.change("iam:CreateRole", &parameters).await
    }

    async fn attach_policy(&self, role: &str, policy: &str) -> Result<(), Failure> {
        self.change("iam:AttachRolePolicy", &with_policy(role, policy)).await
    }

    async fn detach_policy(&self, role: &str, policy: &str) -> Result<(), Failure> {
        self.remove("iam:DetachRolePolicy", &with_policy(role, policy)).await
    }

    async fn delete_role(&self, role: &str) -> Result<(), Failure> {
        self.remove("iam:DeleteRole", &named(role)).await
    }
}

/// The trust policy, in requests and in answers.
const TRUST: &str = "AssumeRolePolicyDocument";

fn named(role: &str) -> Parameters {
    vec![("RoleName".to_owned(), role.to_owned())]
}

fn with_policy(role: &str, policy: &str) -> Parameters {
    let policy = ("PolicyArn".to_owned(), policy.to_owned());
    named(role).into_iter().chain([policy]).collect()
}

fn role(found: &Element) -> Result<Role, Incomplete> {
    // IAM answers with it URL-encoded, after RFC 3986 (API Reference, Role).
    let trust_policy = percent_decode_str(found.required(TRUST)?).decode_utf8().map_err(|_| Incomplete(TRUST))?;
    Ok(Role {
        arn: found.required("Arn")?.to_owned(),
        path: found.string("Path"),
        created_at: found.text("CreateDate").and_then(|at| at.parse().ok()),
        trust_policy: trust_policy.into_owned(),
        tags: found.items("Tags").iter().map(tag).collect::<Result<_, _>>()?,
    })
}

fn tag(found: &Element) -> Result<(String, String), Incomplete> {
    // A value may be empty.
    Ok((found.required("Key")?.to_owned(), found.string("Value")))
}
