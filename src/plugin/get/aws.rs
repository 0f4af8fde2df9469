//! What EKS says, asked with the AWS credentials of whoever types.

use futures::{StreamExt, stream};

use super::listed::Place;
use crate::api::Reason;
use crate::eks::{Eks, Profile, SdkEks};
use crate::failure::{Class, Failure};
use crate::plugin::aws::session;

/// So many profiles are described at a time; EKS describes one a call.
const AT_ONCE: usize = 8;

/// The profiles of a cluster: one call for each hundred, and one for each profile.
///
/// # Errors
/// Why they are not shown.
pub(super) async fn profiles(place: &Place) -> Result<Vec<Profile>, String> {
    let eks = SdkEks::new(&session(&place.region).await);
    let told = |failure: &Failure| told(failure, place);
    let names = eks.list(&place.cluster).await.map_err(|failure| told(&failure))?;
    let described = stream::iter(names)
        .map(|name| {
            let eks = &eks;
            async move { (eks.describe(&place.cluster, &name).await, name) }
        })
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let mut profiles = Vec::new();
    let mut failed = None;
    for (answer, name) in described {
        match answer {
            Ok(profile) => profiles.push(profile),
            // It has gone since it was listed.
            Err(failure) if failure.class == Class::Gone => {}
            Err(failure) => {
                profiles.push(Profile::named(&name));
                failed = Some(failure);
            }
        }
    }
    if let Some(failure) = failed {
        anstream::eprintln!("some Fargate profiles are shown by name alone: {}", told(&failure));
    }
    Ok(profiles)
}

/// Why AWS does not say it, and what to do. The operator's own rights do not matter here.
fn told(failure: &Failure, place: &Place) -> String {
    let (Place { region, cluster }, operation) = (place, failure.operation);
    match failure.reason {
        Reason::AccessDenied => format!("your AWS credentials do not allow eks:{operation} on {cluster}"),
        Reason::NoCredentials => "no valid AWS credentials were found: log in to AWS, or set AWS_PROFILE".to_owned(),
        Reason::ClusterNotFound => {
            format!("AWS knows no EKS cluster {cluster} in {region}: say which it is by --cluster-name and --region")
        }
        _ => failure.message.clone(),
    }
}
