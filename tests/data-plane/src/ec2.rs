//! Ordinary nodes, and the pods that are not meant for Fargate.

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;
use kube::api::{Api, DeleteParams};

use crate::pass::Next;
use crate::plane::Plane;
use crate::{node, scheduler};

/// Makes nodes, or takes away those that are too many; their pods stay as they are.
pub(crate) async fn have(plane: &Plane, wanted: usize) -> Result<(), kube::Error> {
    let had = *plane.ec2.borrow();
    for n in had..wanted {
        let name = node::ec2_name(n, &plane.region);
        node::make(&plane.client, &name, node::ec2_address(n), &plane.region).await?;
    }
    let nodes: Api<Node> = Api::all(plane.client.clone());
    for n in wanted..had {
        nodes.delete(&node::ec2_name(n, &plane.region), &DeleteParams::default()).await?;
    }
    plane.ec2.send_replace(wanted);
    Ok(())
}

/// The next thing for a pod of the default scheduler. The node that it asks for by name, as those of a DaemonSet do,
/// or any; nothing else is looked at.
pub(crate) async fn schedule(pod: &Pod, plane: &Plane) -> Result<Next, kube::Error> {
    let count = *plane.ec2.borrow();
    let names: Vec<String> = (0..count).map(|n| node::ec2_name(n, &plane.region)).collect();
    let chosen = match asked_for(pod) {
        Some(wanted) => names.iter().find(|name| **name == wanted),
        None => {
            // By the uid, which is random enough: looking twice finds the same.
            let luck = pod.uid().unwrap_or_default().bytes().map(usize::from).sum::<usize>();
            names.get(luck % count.max(1))
        }
    };
    match chosen {
        Some(name) => scheduler::bind(pod, name, plane).await?,
        None => {
            scheduler::leave_pending(pod, "no nodes available to schedule pods", plane).await?;
        }
    }
    Ok(Next::Rest)
}

fn asked_for(pod: &Pod) -> Option<String> {
    let affinity = pod.spec.as_ref()?.affinity.as_ref()?.node_affinity.as_ref()?;
    let terms = &affinity.required_during_scheduling_ignored_during_execution.as_ref()?.node_selector_terms;
    let fields = terms.iter().flat_map(|term| term.match_fields.iter().flatten());
    fields.into_iter().find(|field| field.key == "metadata.name")?.values.as_ref()?.first().cloned()
}
