//! What the values of settings may be. Each says what would do when one will not.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use axum::http::Uri;

use crate::api::Prerequisites;
use crate::telemetry::{admin, logs};

/// Something that an empty value turns off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switched<T> {
    On(T),
    Off,
}

/// How long, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interval(pub(super) Duration);

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = |why: String| format!("{why}; write for example 30s, 2m or 1h30m");
        let parsed: jiff::SignedDuration = text.parse().map_err(|error| refused(format!("{error}")))?;
        match Duration::try_from(parsed) {
            Ok(interval) if !interval.is_zero() => Ok(Self(interval)),
            _ => Err(refused("it must be longer than nothing".to_owned())),
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds if seconds > 60 && seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

pub(super) fn scale(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if (1.0..=10_000.0).contains(&factor) => Ok(factor),
        _ => Err("write a number from 1 to 10000; 1 in production".to_owned()),
    }
}

pub(super) fn prerequisites(text: &str) -> Result<Prerequisites, String> {
    match text {
        "Enforce" => Ok(Prerequisites::Enforce),
        "Warn" => Ok(Prerequisites::Warn),
        "Ignore" => Ok(Prerequisites::Ignore),
        _ => Err("write Enforce, Warn or Ignore".to_owned()),
    }
}

/// What EKS takes for names of clusters and profiles.
fn is_eks_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.len() <= 100
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

pub(super) fn cluster_name(text: &str) -> Result<String, String> {
    eks_name(text, "an EKS cluster name")
}

pub(super) fn profile_name(text: &str) -> Result<String, String> {
    eks_name(text, "the name of an EKS Fargate profile")
}

fn eks_name(text: &str, what: &str) -> Result<String, String> {
    if is_eks_name(text) {
        return Ok(text.to_owned());
    }
    Err(format!("{what} has 1 to 100 letters, digits, - and _, and begins with a letter or digit"))
}

pub(super) fn region(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    match parts.as_slice() {
        [words @ .., number]
            if words.len() >= 2
                && words.iter().all(is_word)
                && !number.is_empty()
                && number.bytes().all(|c| c.is_ascii_digit()) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("write a region such as eu-central-1, without the letter of an availability zone".to_owned()),
    }
}

/// Of a flag, which may stand without a value.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "write true or false".to_owned())
}

/// What Kubernetes takes for most names (DNS subdomains).
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
}

pub(super) fn namespace(text: &str) -> Result<String, String> {
    if is_name(text) && text.len() <= 63 && !text.contains('.') {
        return Ok(text.to_owned());
    }
    Err("the name of a namespace has 1 to 63 small letters, digits and -".to_owned())
}

pub(super) fn lease(text: &str) -> Result<String, String> {
    if is_name(text) && text.len() <= 253 {
        return Ok(text.to_owned());
    }
    Err("the name of a Lease has 1 to 253 small letters, digits, - and .".to_owned())
}

pub(super) fn pod(text: &str) -> Result<String, String> {
    match text.split_once('/') {
        Some((namespace, name)) if is_name(namespace) && is_name(name) => Ok(text.to_owned()),
        _ => Err("write NAMESPACE/NAME, such as fargate-operator/fargate-operator-7d9c5b8f6-x2x4k".to_owned()),
    }
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an IP address and a port, such as [::]:8080 or 127.0.0.1:8080".to_owned())
}

pub(super) fn admin_address(text: &str) -> Result<Switched<SocketAddr>, String> {
    if text.is_empty() {
        return Ok(Switched::Off);
    }
    let address = text.parse().map_err(|_| "write a loopback address and a port, such as 127.0.0.1:8081".to_owned())?;
    admin::check(address).map(|()| Switched::On(address))
}

pub(super) fn log_filter(text: &str) -> Result<String, logs::FilterError> {
    logs::check(text).map(|()| text.to_owned())
}

pub(super) fn url(text: &str) -> Result<String, String> {
    let uri = text.parse::<Uri>().ok();
    let is_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    if uri.as_ref().is_some_and(is_web) && !text.contains('?') {
        return Ok(text.to_owned());
    }
    Err("write an http or https URL, such as http://collector:4318".to_owned())
}
