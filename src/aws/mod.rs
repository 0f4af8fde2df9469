//! What all ports to AWS share: the session, what follows from an error, and clients of the query APIs of EC2 and IAM
//! and of JSON APIs.
//!
//! The SDK's crate of EC2 has 1.2 million lines (awslabs/aws-sdk-rust#113), of which the operator would need a dozen
//! reads. So these are made here, on the runtime that the SDK's clients run on.

mod advice;
mod classify;
mod endpoint;
#[cfg(test)]
pub(crate) mod fixture;
mod json;
mod operation;
mod query;
mod session;
mod xml;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::api::Reason;
use crate::failure::{Class, Failure};

pub(crate) use classify::EKS;
pub(crate) use json::{JsonApi, JsonClient};
pub(crate) use operation::Api;
pub(crate) use query::{Parameters, QueryApi, QueryClient};
pub use session::{SdkSettings, Session};
pub(crate) use xml::{Element, Incomplete};

/// Why a read of AWS gave nothing. Whoever asked goes on without it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unread {
    /// AWS refuses it to the operator's role.
    #[error("the operator may not {action}")]
    Denied {
        /// As in an IAM policy, such as `ec2:DescribeSubnets`.
        action: Cow<'static, str>,
    },
    /// It failed otherwise: throttled, no answer, an error of the service.
    #[error("{action} failed: {why}")]
    Failed { action: Cow<'static, str>, why: String },
}

impl Unread {
    /// What a failed call means to whoever only reads.
    pub(crate) fn of(action: &'static str, failure: Failure) -> Self {
        match failure.reason {
            Reason::AccessDenied => Self::Denied { action: action.into() },
            _ => Self::Failed { action: action.into(), why: failure.message },
        }
    }

    /// A read of what may not exist, which is no error then.
    pub(crate) fn unless_gone<T>(action: &'static str, read: Result<T, Failure>) -> Result<Option<T>, Self> {
        match read {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.class == Class::Gone => Ok(None),
            Err(failure) => Err(Self::of(action, failure)),
        }
    }

    /// The action, as in an IAM policy.
    pub fn action(&self) -> &str {
        match self {
            Self::Denied { action } | Self::Failed { action, .. } => action,
        }
    }
}
