//! Fargate's scheduler: a node of its own for each pod that it can run.

use std::time::Duration;

use eks_simulator::Entrance;
use k8s_openapi::api::core::v1::{Binding, Node, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Status};
use kube::api::{Api, DeleteParams, PostParams};
use kube::runtime::events::{Event, EventType};
use kube::{Resource, ResourceExt};

use crate::names::PROFILE_LABEL;
use crate::pass::Next;
use crate::plane::Plane;
use crate::profiles::Standing;
use crate::settings::TroubleKind;
use crate::{fitness, kubelet, node, status};

/// So often an unfit pod is looked at again, for what is not in the pod may have changed.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Of a node that does not come.
const TIMED_OUT: &str = "Pod provisioning timed out (will retry)";

/// The next thing for a pod without a node.
pub(crate) async fn schedule(pod: &Pod, uid: &str, plane: &Plane) -> Result<Next, kube::Error> {
    let now = plane.eks.now();
    let switches = plane.switches();
    let life = plane.lives.of(uid, now, |life| life.clone());
    if life.bound {
        // The watch has not told yet.
        return Ok(Next::Rest);
    }
    // How EKS words that there is no such profile was not found; that such pods stay Pending is known (UG;
    // terraform-aws-eks 3374).
    let Some(profile) = pod.labels().get(PROFILE_LABEL) else {
        return refuse(pod, "FindProfile", "the pod names no Fargate profile", plane, Next::Rest).await;
    };
    let Standing::Active(since) = plane.profiles.standing(profile) else {
        plane.lives.of(uid, now, |life| life.schedulable = None);
        let text = format!("Fargate profile {profile} is not active");
        return refuse(pod, "FindProfile", &text, plane, Next::Rest).await;
    };
    if now < since + switches.scheduler_learns_after {
        return Ok(Next::At(since + switches.scheduler_learns_after));
    }
    let entrance = plane.profiles.entrance(profile);
    if entrance == Entrance::NoEntry {
        plane.lives.of(uid, now, |life| life.schedulable = None);
        // terraform-aws-eks 2912, 2972.
        let text = format!(
            "Misconfigured Fargate Profile: fargate profile {profile} blocked for new launches due to: Pod execution role is not \
             found in auth config or does not have all required permissions for launching fargate pods."
        );
        return refuse(pod, "FindProfile", &text, plane, Next::At(now + LOOK_AGAIN)).await;
    }
    let volumes = fitness::volumes(pod, plane).await?;
    if let Some(text) = fitness::unfit(pod, &volumes) {
        let next = if volumes.is_empty() { Next::Rest } else { Next::At(now + LOOK_AGAIN) };
        return refuse(pod, "CheckPod", &text, plane, next).await;
    }
    if life.given_up {
        return Ok(Next::Rest);
    }
    let ready = life.schedulable.unwrap_or(now) + switches.provisioning;
    plane.lives.of(uid, now, |life| _ = life.schedulable.get_or_insert(now));
    if now < ready {
        return Ok(Next::At(ready));
    }
    if let Some(trouble) = switches.trouble(profile, now)
        && let TroubleKind::Says(text) = trouble.kind
    {
        plane.lives.of(uid, now, |life| life.schedulable = None);
        return refuse(pod, "Provision", text, plane, trouble.until.map_or(Next::Rest, Next::At)).await;
    }
    if entrance == Entrance::OfAnotherRole {
        plane.lives.of(uid, now, |life| life.schedulable = None);
        // The kubelet is turned away with "identity is not mapped", of which only the API server's log tells
        // (containers-roadmap 2441); that the pod is then as one whose node does not come is assumed.
        return refuse(pod, "Provision", TIMED_OUT, plane, Next::At(now + LOOK_AGAIN)).await;
    }
    if let Some(trouble) = switches.trouble(profile, now)
        && let TroubleKind::Provisioning { retried } = trouble.kind
    {
        plane.lives.of(uid, now, |life| {
            life.schedulable = None;
            life.given_up = !retried;
        });
        let again = trouble.until.filter(|_| retried).map_or(Next::Rest, Next::At);
        return refuse(pod, "Provision", TIMED_OUT, plane, again).await;
    }
    let name = node::fargate_name(life.address, &plane.region);
    node::make(&plane.client, &name, life.address, &plane.region).await?;
    let bound = bind(pod, &name, plane).await;
    if bound.is_ok() {
        plane.lives.of(uid, now, |life| life.bound = true);
    } else if !has(pod, &name, plane).await? {
        // It is made again if the pod is still there.
        let nodes: Api<Node> = Api::all(plane.client.clone());
        nodes.delete(&name, &DeleteParams::default()).await?;
    }
    bound.map(|()| Next::Rest)
}

/// Whether a pod has this node after all: the answer may have been lost.
async fn has(pod: &Pod, node: &str, plane: &Plane) -> Result<bool, kube::Error> {
    let pods: Api<Pod> = Api::namespaced(plane.client.clone(), &pod.namespace().unwrap_or_default());
    let found = pods.get_opt(&pod.name_any()).await?.filter(|found| found.uid() == pod.uid());
    Ok(found.and_then(|found| found.spec).is_some_and(|spec| spec.node_name.as_deref() == Some(node)))
}

/// Gives a pod a node, as kube-scheduler does.
pub(crate) async fn bind(pod: &Pod, node: &str, plane: &Plane) -> Result<(), kube::Error> {
    let pods: Api<Pod> = Api::namespaced(plane.client.clone(), &pod.namespace().unwrap_or_default());
    let name = pod.name_any();
    let binding = Binding {
        // With the uid, the pod of another life is not bound.
        metadata: ObjectMeta { name: Some(name.clone()), uid: pod.uid(), ..ObjectMeta::default() },
        target: ObjectReference { kind: Some("Node".to_owned()), name: Some(node.to_owned()), ..Default::default() },
    };
    let _: Status = pods.create_subresource("binding", &name, &PostParams::default(), &binding).await?;
    Ok(())
}

/// Says why a pod stays Pending: in its condition, and as an event when that changes.
async fn refuse(pod: &Pod, stage: &str, text: &str, plane: &Plane, next: Next) -> Result<Next, kube::Error> {
    if leave_pending(pod, text, plane).await? {
        let event = Event {
            type_: EventType::Warning,
            reason: "FailedScheduling".to_owned(),
            note: Some(text.to_owned()),
            action: stage.to_owned(),
            secondary: None,
        };
        plane.events.publish(&event, &pod.object_ref(&())).await?;
    }
    Ok(next)
}

/// Sets the condition, if it is not so already.
pub(crate) async fn leave_pending(pod: &Pod, text: &str, plane: &Plane) -> Result<bool, kube::Error> {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let told = conditions.into_iter().any(|condition| {
        condition.type_ == "PodScheduled" && condition.status == "False" && condition.message.as_deref() == Some(text)
    });
    if !told {
        kubelet::tell(pod, &status::unschedulable(text), plane).await?;
    }
    Ok(!told)
}
