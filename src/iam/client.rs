//! IAM through its query API.

use std::collections::BTreeSet;

use async_trait::async_trait;
use percent_encoding::percent_decode_str;

use super::{Iam, Role};
use crate::aws::{Api, Element, Incomplete, QueryApi, QueryClient, Session, Unread};

pub(crate) const IAM: QueryApi = QueryApi {
    api: Api { name: "IAM", signing_name: "iam", is_global: true },
    version: "2010-05-08",
    next_page: ("Marker", "Marker"),
};

/// [`Iam`] on the SDK's runtime.
pub struct SdkIam(QueryClient);

impl SdkIam {
    pub fn new(session: &Session) -> Self {
        Self(QueryClient::new(&IAM, session))
    }

    /// What a list of a role's has, of all pages.
    async fn all(
        &self,
        action: &'static str,
        role: &str,
        list: &'static str,
        read: impl Fn(&Element) -> Result<String, Incomplete>,
    ) -> Result<BTreeSet<String>, Unread> {
        let found = self.0.list(action, named(role), list, read).await;
        Ok(Unread::unless_gone(action, found)?.unwrap_or_default().into_iter().collect())
    }
}

#[async_trait]
impl Iam for SdkIam {
    async fn role(&self, name: &str) -> Result<Option<Role>, Unread> {
        const ACTION: &str = "iam:GetRole";
        let answer = self.0.call(ACTION, &named(name)).await;
        let found = answer.and_then(|answer| {
            let found = answer.child("Role").ok_or(Incomplete("Role")).and_then(role);
            found.map_err(|missing| self.0.incomplete(ACTION, &missing))
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
}

fn named(role: &str) -> Vec<(String, String)> {
    vec![("RoleName".to_owned(), role.to_owned())]
}

fn role(found: &Element) -> Result<Role, Incomplete> {
    const TRUST: &str = "AssumeRolePolicyDocument";
    // IAM answers with it URL-encoded, after RFC 3986 (API Reference, Role).
    let trust_policy = percent_decode_str(found.required(TRUST)?).decode_utf8().map_err(|_| Incomplete(TRUST))?;
    Ok(Role {
        arn: found.required("Arn")?.to_owned(),
        path: found.string("Path"),
        created_at: found.text("CreateDate").and_then(|at| at.parse().ok()),
        trust_policy: trust_policy.into_owned(),
    })
}
