//! Runs the rows: all of one bed at the same time, and every row that is not so told at the end.

use std::time::{Duration, Instant};

use bed::testing::found;
use bed::{Bed, CLUSTER, Options};
use eks_simulator::{ClusterSettings, FaultId, Operation, Profile, ProfileStatus};
use fargate_operator::api::{APPROVE_ANNOTATION, FargateProfile, TAG_OWNER};
use futures::future::join_all;
use serde_json::json;

use super::expected::conditions;
use super::refusal::with;
use super::situation::{Action, Row};
use crate::support::recorder::{Recorder, record};
use crate::support::{BedExt, LIMIT, is_settled, until, until_async};

/// An EKS that creates in a minute and deletes in half of one, three hundred times as fast.
pub fn quick() -> Options {
    crate::support::quick(300.0)
}

/// Every row that is not so.
pub async fn run(bed: &Bed, rows: Vec<Row>) {
    let results = join_all(rows.iter().map(|row| run_row(row, bed))).await;
    let wrong: Vec<String> = rows
        .iter()
        .zip(results)
        .filter_map(|(row, result)| Some(format!("{} ({}):\n{}", row.situation, row.name, result.err()?)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

/// A row that a test brings about by itself.
pub async fn shows(bed: &Bed, row: &Row, action: impl AsyncFnOnce()) {
    let recorder = record(bed, row.name);
    action().await;
    if let Err(wrong) = expected(row, &recorder, 0).await {
        panic!("{} ({}):\n{wrong}\n{}", row.situation, row.name, bed.operator_log());
    }
}

async fn run_row(row: &Row, bed: &Bed) -> Result<(), String> {
    let (eks, mut faults) = (bed.eks(), Vec::new());
    let mut settings = ClusterSettings { name: row.name.to_owned(), ..eks.cluster_settings(CLUSTER).unwrap() };
    (row.cluster)(&mut settings);
    eks.add_cluster(settings);
    carry_out(&row.given, row, bed, &mut faults).await;
    let mut object = with(row.name, row.spec.clone());
    object["spec"]["clusterName"] = json!(row.name);
    let recorder = record(bed, row.name);
    bed.create(&object).await;
    carry_out(&row.at_once, row, bed, &mut faults).await;
    let mut before = 0;
    if !row.when.is_empty() {
        wait(bed, row.name, "settled", is_settled).await?;
        before = recorder.states().len();
        carry_out(&row.when, row, bed, &mut faults).await;
    }
    let foreign = foreign(row, bed);
    let object = expected(row, &recorder, before).await?;
    if let Some(reason) = row.shows.stall() {
        until_async("a warning tells of it", async || {
            bed.warnings(&object).await.iter().any(|warning| warning.starts_with(reason))
        })
        .await;
    }
    untouched(row, bed, &foreign)?;
    serves_on(row, bed)?;
    if row.mended.is_empty() {
        return Ok(());
    }
    carry_out(&row.mended, row, bed, &mut faults).await;
    let object = bed.profiles().get_opt(row.name).await.unwrap();
    if object.is_none_or(|object| object.metadata.deletion_timestamp.is_some()) {
        bed.gone(row.name).await;
    } else {
        wait(bed, row.name, "settled by the way out", is_settled).await?;
    }
    Ok(())
}

async fn carry_out(actions: &[Action], row: &Row, bed: &Bed, faults: &mut Vec<FaultId>) {
    for action in actions {
        match action {
            Action::Eks(action) => action(&bed.eks(), row.name),
            Action::Fault(fault) => {
                // STS knows no clusters.
                let fault = match fault.operations[..] {
                    [Operation::GetCallerIdentity] => fault.clone(),
                    _ => fault.clone().cluster(row.name),
                };
                faults.push(bed.eks().add_fault(fault));
            }
            Action::NoFaults => {
                for id in faults.drain(..) {
                    bed.eks().remove_fault(id);
                }
            }
            Action::Change(spec) => bed.patch(row.name, json!({ "spec": spec })).await,
            Action::Another(name, spec) => {
                let mut object = with(name, spec.clone());
                object["spec"]["clusterName"] = json!(row.name);
                bed.create(&object).await;
                bed.settled(name).await;
            }
            Action::Delete(name) => bed.delete(name).await,
            Action::Approve => {
                let status = bed.profiles().get(row.name).await.unwrap().status;
                let plan = status.and_then(|status| status.replacement?.plan_id).unwrap();
                bed.patch(row.name, json!({ "metadata": { "annotations": { (APPROVE_ANNOTATION): plan } } })).await;
            }
            Action::Pod(name, profile) => bed.pod(name, profile).await,
            Action::Dns(name, profile) => {
                bed.pod(name, profile).await;
                let words = ["label", "pod", name, "--namespace=kube-system", "k8s-app=kube-dns"];
                bed.kubectl().words(&words).unwrap();
            }
            Action::NoPod(name) => bed.remove_pod(name).await,
            Action::Active(name) => {
                let is_active =
                    || bed.eks().profile(row.name, name).is_some_and(|found| found.status == ProfileStatus::Active);
                until(&format!("{name} is ACTIVE"), is_active).await;
            }
            Action::Finalizers(finalizers) => {
                bed.patch(row.name, json!({ "metadata": { "finalizers": finalizers } })).await;
            }
        }
    }
}

async fn wait(
    bed: &Bed,
    name: &str,
    what: &str,
    condition: impl Fn(&FargateProfile) -> bool,
) -> Result<FargateProfile, String> {
    let fits = |object: Option<&FargateProfile>| object.is_some_and(&condition);
    match found(bed.profiles(), name, fits).await {
        Ok(found) => Ok(found.unwrap()),
        Err(last) => {
            let said = last.as_ref().map(conditions).unwrap_or_default().join("\n        ");
            Err(format!("   is:  {said}\n   not: {what}"))
        }
    }
}

/// Waits for the state that the row tells of, after the first so many.
async fn expected(row: &Row, recorder: &Recorder, before: usize) -> Result<FargateProfile, String> {
    let began = Instant::now();
    loop {
        let states = recorder.states();
        // What waits for a person lasts; what goes on may be over.
        let first = if row.shows.lasts() { states.len().saturating_sub(1).max(before) } else { before };
        if let Some(found) = states.iter().skip(first).find(|state| row.shows.fits(state)) {
            return Ok(found.clone());
        }
        if began.elapsed() > LIMIT {
            let said = states.last().map(conditions).unwrap_or_default().join("\n        ");
            return Err(format!("   is:  {said}\n   not: {}", row.shows));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The profiles of the row's cluster that are not the object's and that nobody is about to delete.
fn foreign(row: &Row, bed: &Bed) -> Vec<Profile> {
    let owned = |profile: &Profile| profile.tags.get(TAG_OWNER).is_some_and(|owner| owner == row.name);
    let going = |profile: &Profile| profile.status == ProfileStatus::Deleting;
    bed.eks().profiles(row.name).into_iter().filter(|profile| !owned(profile) && !going(profile)).collect()
}

/// What belongs to others is as it was.
fn untouched(row: &Row, bed: &Bed, before: &[Profile]) -> Result<(), String> {
    for then in before {
        let now = bed.eks().profile(row.name, &then.name);
        let same = now.as_ref().is_some_and(|now| now.arn == then.arn && now.tags == then.tags);
        if !same {
            return Err(format!("what belongs to others was touched:\n   is:  {now:?}\n   was: {then:?}"));
        }
    }
    Ok(())
}

/// By EKS's own log: what served before served at every moment.
fn serves_on(row: &Row, bed: &Bed) -> Result<(), String> {
    let timeline = bed.eks().active_timeline(row.name, TAG_OWNER, row.name);
    let has_served = !row.when.is_empty() && row.shows.is_available();
    if has_served && !timeline.gaps.is_empty() && !row.is_lost {
        return Err(format!("moments without an ACTIVE profile: {:?}", timeline.gaps));
    }
    Ok(())
}
