//! The hidden `__complete`, which kubectl runs by the shim: candidates in the form of cobra, each on a line with what it
//! means, and at the end what the shell is to do about files.

use std::ffi::OsString;
use std::time::Duration;

use clap::FromArgMatches as _;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{ListParams, PartialObjectMeta};
use kube::{Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use super::wanted::{Named, follows};
use crate::api::FargateProfile;
use crate::kubernetes::{Part, list};
use crate::plugin::cluster::Connection;
use crate::plugin::{Exit, command};

/// A person who presses Tab does not wait longer.
const LIMIT: Duration = Duration::from_secs(3);

/// Of cobra's ShellCompDirective: the shell offers no files.
const NO_FILES: u8 = 4;
/// The shell offers files.
const FILES: u8 = 0;

#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(in crate::plugin) struct Words {
    /// The words after `kubectl fargate`. The last one is incomplete.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// Prints what may follow. What cannot be found out is left out: nobody reads errors in the middle of a line.
pub(in crate::plugin) async fn candidates(typed: Words) -> Exit {
    let words = if typed.words.is_empty() { vec![OsString::new()] } else { typed.words };
    let follows = follows(command(), &words);
    let current = words.last().and_then(|word| word.to_str()).unwrap_or_default();
    let mut lines = follows.words;
    if let Some(named) = follows.named {
        let found = tokio::time::timeout(LIMIT, names(named, &connection(&words))).await;
        let names = found.ok().and_then(Result::ok).unwrap_or_default();
        lines.extend(names.into_iter().filter(|name| name.starts_with(current)).map(|name| (name, String::new())));
    }
    for (word, meaning) in lines {
        if meaning.is_empty() {
            anstream::println!("{word}");
        } else {
            anstream::println!("{word}\t{meaning}");
        }
    }
    anstream::println!(":{}", if follows.named == Some(Named::Files) { FILES } else { NO_FILES });
    Exit::Good
}

/// The flags of the connection that have been typed already, whatever else is still missing.
fn connection(words: &[OsString]) -> Connection {
    let typed = std::iter::once(OsString::from("kubectl-fargate")).chain(words.iter().cloned());
    let matches = command().ignore_errors(true).try_get_matches_from(typed).ok();
    matches.and_then(|matches| Connection::from_arg_matches(&matches).ok()).unwrap_or_default()
}

async fn names(named: Named, connection: &Connection) -> anyhow::Result<Vec<String>> {
    match named {
        Named::FargateProfiles => listed::<FargateProfile>(&connection.connect().await?.client).await,
        Named::Namespaces => listed::<Namespace>(&connection.connect().await?.client).await,
        Named::Contexts => Ok(connection.kubeconfig()?.contexts.into_iter().map(|context| context.name).collect()),
        Named::Files => Ok(Vec::new()),
    }
}

async fn listed<K>(client: &Client) -> anyhow::Result<Vec<String>>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned,
{
    let mut names = Vec::new();
    let take = |object: PartialObjectMeta<K>| names.push(object.name_any());
    list::<K, _>(client, None, Part::Metadata, ListParams::default(), LIMIT, take).await?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn contexts_are_those_of_the_kubeconfig_that_is_typed() {
        let path = std::env::temp_dir().join(format!("fargate-contexts-{}", std::process::id()));
        let context = r#"{ "name": "staging", "context": { "cluster": "staging" } }"#;
        std::fs::write(&path, format!(r#"{{ "contexts": [{context}] }}"#)).unwrap();
        let words = ["wait", "--kubeconfig", path.to_str().unwrap(), "--context", ""].map(OsString::from);
        let found = names(Named::Contexts, &connection(&words)).await;
        std::fs::remove_file(&path).unwrap();
        assert_eq!(found.unwrap(), ["staging"]);
    }
}
