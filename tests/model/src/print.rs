//! States, traces and tables for people.

use fargate_operator::plan::{Checkpoint, Step};

use std::rc::Rc;

use crate::apply::apply;
use crate::config::Config;
use crate::memo::{Memo, kind_of};
use crate::moves::{Delivery, Move};
use crate::mutants::Mutant;
use crate::pass::pass;
use crate::pod_moves::PodMove;
use crate::pods::{Forged, Pod};
use crate::real::{object_name, spec_name};
use crate::world::{ModelProfile, Status, World};

/// The moves, one per line, each with what EKS holds afterwards.
pub fn trace(config: &Config, mutant: Option<&Mutant>, moves: &[Move]) -> String {
    let mut memo = Memo::new(config, mutant);
    let mut world = config.start(&mut memo);
    let mut lines = Vec::new();
    for (number, mv) in moves.iter().enumerate() {
        let what = describe(&world, *mv, &mut memo);
        if let Some((next, _)) = apply(&world, *mv, &mut memo) {
            world = next;
        }
        lines.push(format!("{:>3}. {what:<70} {}", number + 1, eks(&world)));
    }
    lines.join("\n")
}

fn describe(world: &World, mv: Move, memo: &mut Memo<'_>) -> String {
    let name = |profile: u8| world.profiles.get(usize::from(profile)).map_or("?", |profile| &profile.name);
    let object = |object: u8| object_name(usize::from(object));
    match mv {
        Move::Pass { object: index, stale, blurred, delivery } => {
            let step = pass(world, usize::from(index), (stale, blurred), delivery, memo).map(|passed| {
                let about = match &passed.planned.step {
                    Step::Evict(eviction) => format!("{} for {}", eviction.name, eviction.to),
                    Step::Ask { record: Checkpoint::Drain { drain, .. }, .. }
                    | Step::Checkpoint(Checkpoint::Drain { drain, .. }) => drain
                        .evicting
                        .as_ref()
                        .map(|it| format!("{} for {}, left {}", it.uid, it.to, it.left))
                        .unwrap_or_default(),
                    other => other.profile().unwrap_or_default().to_owned(),
                };
                let sent = if passed.planned.step.action().is_some()
                    && passed.sent.is_none()
                    && !matches!(passed.planned.step, Step::Ask { .. } | Step::Evict(_))
                {
                    ", not its turn"
                } else {
                    ""
                };
                format!("{} {about}{sent}", kind_of(&passed.planned.step))
            });
            let look = match (stale, blurred) {
                (true, _) => " on the look that lags",
                (false, true) => " while the watches of pods lag",
                (false, false) => "",
            };
            let delivery = match delivery {
                Delivery::Fine => "",
                Delivery::Lost => ": lost on the way",
                Delivery::ReplyLost => ": done, the reply is lost",
                Delivery::Late => ": no answer, still on the wire",
                Delivery::Refused => ": refused",
                Delivery::Unwritten => ": done, the status is not written",
                Delivery::Dies => ": done, and the process is killed",
                Delivery::DiesLate => ": still on the wire, and the process is killed",
            };
            format!("pass over {}{look}: {}{delivery}", object(index), step.unwrap_or_default().trim_end())
        }
        Move::Land => "the call on the wire reaches EKS".to_owned(),
        Move::Lag => "from here a look lags".to_owned(),
        Move::QuietPasses => "quiet time passes".to_owned(),
        Move::SettlePasses => "the settle time passes".to_owned(),
        Move::BackOffPasses { object: index } => format!("the back-off of {} passes", object(index)),
        Move::Ends { profile, well } => {
            format!("EKS ends its work on {}, {}", name(profile), if well { "well" } else { "badly" })
        }
        Move::Edit { object: index, spec } => format!("{} is edited to {}", object(index), spec_name(spec)),
        Move::Suspend { object: index, on } => format!("suspend of {}: {on}", object(index)),
        Move::Applied { object: index } => format!("{} is created in Kubernetes", object(index)),
        Move::NoticePasses { object: index } => {
            format!("the pods of {} have been named for long enough", object(index))
        }
        Move::Switch { object: index } => format!("the strategy of {} is switched", object(index)),
        Move::Approve { object: index } => format!("the plan shown of {} is approved", object(index)),
        Move::Delete { object: index } => format!("{} is deleted in Kubernetes", object(index)),
        Move::Crash => "the process is killed, a new one starts".to_owned(),
        Move::OutsiderDeletes { profile } => format!("an outsider deletes {}", name(profile)),
        Move::OutsiderCreates { .. } => "an outsider creates a profile of the next name".to_owned(),
        Move::TagsStripped { profile } => format!("an outsider strips the tags of {}", name(profile)),
        Move::TagsChanged { profile } => format!("an outsider changes a tag of {}", name(profile)),
        Move::Busy { on } => format!("a cluster update {}", if on { "begins" } else { "ends" }),
        Move::Pod(mv) => describe_pod(world, mv),
        Move::Blind { on } => format!("pods can {} be seen", if on { "no longer" } else { "again" }),
    }
}

fn describe_pod(world: &World, mv: PodMove) -> String {
    let pod = |pod: u8| world.pods.get(usize::from(pod)).map_or_else(String::new, self::pod);
    let name = |at: u8| world.profiles.get(usize::from(at)).map_or_else(|| Rc::from("?"), |it| Rc::clone(&it.name));
    match mv {
        PodMove::Lands { profile, .. } => format!("a bare pod lands on {}", name(profile)),
        PodMove::Leaves { pod: it } => format!("{} leaves", pod(it)),
        PodMove::Made { set, profile, astray } => {
            let there = profile.map_or_else(|| Rc::from("no profile"), name);
            format!("set {set} makes a pod, on {there}{}", if astray { ", astray" } else { "" })
        }
        PodMove::Ready { pod: it } => format!("{} becomes Ready", pod(it)),
        PodMove::Gone { pod: it } => format!("{} has ended", pod(it)),
        PodMove::Restarts { pod: it } => format!("somebody deletes {}", pod(it)),
        PodMove::ScaledUp { set } => format!("set {set} is scaled up"),
        PodMove::ScaledDown { pod: it } => format!("a set is scaled down by {}", pod(it)),
        PodMove::Budget { on } => format!("a budget {} evictions", if on { "blocks" } else { "allows" }),
        PodMove::Forged { profile, on_ec2 } => {
            let how = if on_ec2 { "is Ready on EC2" } else { "waits elsewhere" };
            format!("a pod that {how} carries the label {}", name(profile))
        }
        PodMove::RollsOut => "the Deployment's template is edited".to_owned(),
        PodMove::GoesOn => "the Deployment goes on with its rollout".to_owned(),
        PodMove::Undone => "the rollout is undone".to_owned(),
        PodMove::Lag => "from here the watches of pods lag".to_owned(),
        PodMove::Learns { profile } => format!("the webhook learns of {}", name(profile)),
        PodMove::Arrives => "the late eviction arrives".to_owned(),
        PodMove::TimePasses => "the progress deadline passes".to_owned(),
        PodMove::Timeout => "the time for drains passes".to_owned(),
    }
}

/// What EKS holds, and what is still in flight to it.
pub fn eks(world: &World) -> String {
    let mut parts: Vec<String> = world.profiles.iter().map(profile).collect();
    parts.extend(world.pods.iter().map(pod));
    parts.extend(world.wire.iter().map(|call| format!("wire: {:?} {}", call.kind, call.name)));
    parts.extend(world.air.iter().map(|air| format!("awaiting {}", air.call.name)));
    if world.started {
        parts.push("quiet start".to_owned());
    }
    if parts.is_empty() { "(nothing)".to_owned() } else { parts.join(" | ") }
}

fn profile(it: &ModelProfile) -> String {
    let status = match it.status {
        Status::Creating => "CREATING",
        Status::Active => "ACTIVE",
        Status::Deleting => "DELETING",
        Status::CreateFailed => "CREATE_FAILED",
        Status::DeleteFailed => "DELETE_FAILED",
    };
    let owner = it.owner.map_or(" (not ours)".to_owned(), |_| String::new());
    format!("{}={} {status}{owner}", it.name, spec_name(it.spec))
}

pub fn pod(it: &Pod) -> String {
    if let Some(Forged { label, on_ec2 }) = &it.forged {
        return format!("forged pod on {} with the label {label}", if *on_ec2 { "EC2" } else { "nothing" });
    }
    let kind = it.set.map_or("bare".to_owned(), |set| format!("set {set}"));
    let state = match (it.ready, it.ending) {
        (true, false) => "",
        (false, false) => " not Ready",
        (_, true) => " ending",
    };
    format!("pod-{} of {kind} on {}{state}", it.id, it.profile.as_deref().unwrap_or("no profile"))
}
