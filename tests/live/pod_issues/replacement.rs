//! Of a profile that was to replace another: what a roll-back says.

use bed::Bed;
use fargate_operator::api::ConditionType::{Available, Stalled};
use fargate_operator::placement::IssueCause;
use futures::future::join_all;

use super::ways::{How, WAYS, Way};
use super::{begins, namespaces, pass_gate, web};
use crate::support::drains::{another_role, change, fargate};
use crate::support::objects::stalled;
use crate::support::{BedExt, is, message, profile};

/// How much of what a pod says has room in another message.
const ROOM: usize = 60;

#[tokio::test]
async fn a_roll_back_says_what_kept_the_first_pod_from_working() {
    let bed = Bed::start(fargate(120.0)).await.unwrap();
    // What slipped past the webhook is on no profile, and pods without logs work.
    let hinders = |way: &&Way| way.how != How::Slipped && way.cause != IssueCause::LoggingDisabled;
    let ways: Vec<&Way> = WAYS.iter().filter(hinders).collect();
    let namespaces = namespaces(&bed, &ways).await;
    for way in &ways {
        bed.create(&profile(way.name, way.name)).await;
    }
    join_all(ways.iter().map(|way| bed.settled(way.name))).await;
    join_all(ways.iter().zip(&namespaces).map(|(way, ns)| web(ns, way))).await;
    for (way, ns) in ways.iter().zip(&namespaces) {
        if way.how == How::Gate {
            pass_gate(ns).await;
        }
        ns.complete("web").await;
        begins(ns, way, &format!("{}-9998", way.name));
    }
    let names: Vec<&str> = ways.iter().map(|way| way.name).collect();
    change(&bed, &names, &another_role()).await;
    for way in &ways {
        let object = stalled(&bed, way.name, "ReplacementUnhealthy").await;
        let told = message(&object, Stalled);
        let said = if way.cause == IssueCause::NothingSaid { "it does not say why" } else { way.said };
        let room = said.floor_char_boundary(ROOM);
        assert!(told.contains(&said[..room]), "{}: {told}", way.name);
        assert!(told.contains(&format!("rolled back to EKS profile {}-9999", way.name)), "{told}");
        assert!(is(&object, Available));
    }
}
