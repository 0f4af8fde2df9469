//! What the user may not read although the operator may. A plan leaves it out and says so, since it does not block the operator.

use crate::aws::Unread;
use crate::forecast::World;
use crate::prerequisites::{Evidence, RoleEvidence};
use crate::state::DefaultSubnets;

/// Removes what could not be read and would block the operator. `role` is the role that the operator manages.
pub(super) fn forget(world: &mut World, role: Option<&str>, notes: &mut Vec<String>) {
    let known = role.and_then(|role| world.evidence.roles.get_mut(role));
    if let Some((known, why)) = known.and_then(|known| known.unread().cloned().map(|why| (known, why))) {
        *known = RoleEvidence::default();
        notes.push(format!("what the operator mends of its role is not foretold: {}", told(&why)));
    }
    if world.defaults.mending.coredns
        && let Err(why) = world.evidence.coredns().map(drop)
    {
        world.defaults.mending.coredns = false;
        notes.push(format!("whether the operator moves CoreDNS is not foretold: {}", told(&why)));
    }
    if let DefaultSubnets::Sought(_) = &world.defaults.subnets
        && let Some(why) = unread_network(&world.evidence)
    {
        notes.push(format!("default subnets are not shown: {}", told(why)));
        world.defaults.subnets = DefaultSubnets::OfEks;
    }
}

/// Why the routes of the subnets are not known.
fn unread_network(evidence: &Evidence) -> Option<&Unread> {
    let Evidence { candidates, route_tables, nat_gateways, endpoints, .. } = evidence;
    let ways = route_tables.unread().or(nat_gateways.unread()).or(endpoints.unread());
    candidates.unread().or(ways)
}

fn told(why: &Unread) -> String {
    match why {
        Unread::Denied { action } => format!("you may not {action}"),
        Unread::Failed { action, why } => format!("{action} failed: {why}"),
    }
}
