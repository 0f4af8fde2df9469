//! Several candidates and one Lease, in simulated time. Calls are slow, lost, or carried out without an answer.
//! Processes freeze or are killed, and the API server goes away. No two candidates may act at the same moment, and none
//! may skip quiet time unless the leader before it released the Lease with nothing in flight.

use std::time::Duration;

use proptest::prelude::*;

use super::decide::{Answer, Candidate, LeaseView, Next, Request};
use super::{Identity, Takeover};
use crate::intervals::{DEFAULTS, LeaseConfig};

const CONFIG: LeaseConfig = DEFAULTS.lease;

/// What happens to one call or process in one round.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// All goes well. The call takes this long in each direction, in tenths of a second.
    Fine(u64, u64),
    /// The call never arrives.
    Lost,
    /// The call is carried out this late, in tenths of a second, and its answer is lost.
    Unheard(u64),
    /// The process freezes for this many tenths of a second.
    Still(u64),
    /// The process is killed, and another one starts in the same pod.
    Killed,
    /// The process releases the Lease and starts again.
    HandsOver {
        /// Nothing is in flight.
        settled: bool,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => (0_u64..8, 0_u64..8).prop_map(|(there, back)| Event::Fine(there, back)),
        2 => Just(Event::Lost),
        2 => (0_u64..300).prop_map(Event::Unheard),
        1 => (0_u64..400).prop_map(Event::Still),
        1 => Just(Event::Killed),
        1 => any::<bool>().prop_map(|settled| Event::HandsOver { settled }),
    ]
}

fn tenths(count: u64) -> Duration {
    Duration::from_millis(count * 100)
}

#[derive(Clone, Debug, Default)]
struct Kept {
    writes: u64,
    lease: Option<LeaseView>,
}

impl Kept {
    fn write(&mut self, request: Request, holder: &str, settled: bool, version: Option<&str>) -> Answer {
        let here = self.lease.as_ref().map(|lease| lease.version.as_str());
        let fits = if request == Request::Create { here.is_none() } else { here.is_some() && here == version };
        if !fits {
            return Answer::Conflict;
        }
        self.writes += 1;
        let seen = LeaseView {
            version: self.writes.to_string(),
            holder: holder.to_owned(),
            duration: CONFIG.lease_duration,
            settled,
        };
        self.lease = Some(seen.clone());
        Answer::Is(seen)
    }

    fn read(&self) -> Answer {
        self.lease.clone().map_or(Answer::Absent, Answer::Is)
    }
}

/// The last leader, and whether it released the Lease with nothing in flight.
#[derive(Default)]
struct Past {
    actor: Option<(u64, u64)>,
    settled: bool,
}

impl Past {
    /// This replica acts now.
    fn learn(&mut self, replica: &Replica) -> Result<(), TestCaseError> {
        let me = (replica.index, replica.process);
        if self.actor != Some(me) {
            let knows_of_nothing =
                replica.candidate.leadership().is_some_and(|(_, takeover)| takeover == Takeover::Clean);
            prop_assert!(self.settled || !knows_of_nothing, "{me:?} goes without quiet time after {:?}", self.actor);
            *self = Self { actor: Some(me), settled: false };
        }
        Ok(())
    }
}

/// A write in flight.
struct Late {
    lands: Duration,
    request: Request,
    holder: String,
    version: Option<String>,
}

struct Replica {
    index: u64,
    process: u64,
    candidate: Candidate,
    version: Option<String>,
    next: Duration,
    request: Option<Request>,
    /// A frozen process does nothing, whatever it believes that it may do.
    acts_from: Duration,
}

impl Replica {
    fn new(index: u64, process: u64, now: Duration) -> Self {
        let candidate = Candidate::new(Identity::of_pod(&format!("ops/{index}"), &process.to_string()), CONFIG);
        Self { index, process, candidate, version: None, next: now, request: None, acts_from: now }
    }

    fn acts(&self, now: Duration) -> bool {
        now >= self.acts_from && self.candidate.leadership().is_some_and(|(until, _)| now < until)
    }
}

/// Runs three replicas, one step per event. Returns how many act at the end.
fn run(events: &[Event]) -> Result<usize, TestCaseError> {
    let mut kept = Kept::default();
    let mut late: Vec<Late> = Vec::new();
    let mut past = Past::default();
    let mut replicas = [0, 1, 2].map(|index| Replica::new(index, 0, tenths(index * 7)));
    let mut now = Duration::ZERO;
    for event in events {
        now = replicas.iter().map(|replica| replica.next).min().unwrap_or(now);
        late.sort_by_key(|write| write.lands);
        while late.first().is_some_and(|write| write.lands <= now) {
            let write = late.remove(0);
            kept.write(write.request, &write.holder, false, write.version.as_deref());
        }
        if let Some(turn) = replicas.iter_mut().find(|replica| replica.next == now) {
            step(turn, *event, now, &mut kept, &mut late, &mut past);
        }
        // Until the next step only time changes.
        let until = replicas.iter().map(|replica| replica.next).min().unwrap_or(now);
        for moment in [now, until] {
            let acting: Vec<&Replica> = replicas.iter().filter(|replica| replica.acts(moment)).collect();
            let who = || acting.iter().map(|replica| replica.index).collect::<Vec<_>>();
            prop_assert!(acting.len() <= 1, "at {moment:?} {:?} act, the lease is {:?}", who(), kept.lease);
            acting.first().map_or(Ok(()), |replica| past.learn(replica))?;
        }
    }
    Ok(replicas.iter().filter(|replica| replica.acts(now)).count())
}

fn step(replica: &mut Replica, event: Event, sent: Duration, kept: &mut Kept, late: &mut Vec<Late>, past: &mut Past) {
    let request = replica.request.take().unwrap_or_else(|| replica.candidate.begin());
    let me = replica.candidate.me().text().to_owned();
    let mut carry_out = |version: Option<&str>| match request {
        Request::Read => kept.read(),
        Request::Create | Request::Take | Request::Renew => kept.write(request, &me, false, version),
    };
    let (answer, answered) = match event {
        Event::Fine(there, back) => (carry_out(replica.version.as_deref()), sent + tenths(there + back)),
        Event::Lost => (Answer::Failed, sent + CONFIG.call_timeout()),
        Event::Unheard(by) => {
            if request != Request::Read {
                let version = replica.version.clone();
                late.push(Late { lands: sent + tenths(by), request, holder: me, version });
            }
            (Answer::Failed, sent + CONFIG.call_timeout())
        }
        Event::Still(tenths_of_a_second) => {
            let awake = sent + tenths(tenths_of_a_second);
            (replica.next, replica.request) = (awake, Some(request));
            replica.acts_from = replica.acts_from.max(awake);
            return;
        }
        Event::Killed => {
            *replica = Replica::new(replica.index, replica.process + 1, sent + tenths(5));
            return;
        }
        Event::HandsOver { settled } => {
            if replica.candidate.leadership().is_some() {
                let answer = kept.write(Request::Renew, "", settled, replica.version.as_deref());
                past.settled |= settled && matches!(answer, Answer::Is(_));
            }
            *replica = Replica::new(replica.index, replica.process + 1, sent + tenths(5));
            return;
        }
    };
    if let Answer::Is(seen) = &answer {
        replica.version = Some(seen.version.clone());
    }
    match replica.candidate.learn(request, answer, sent, answered) {
        Next::Send(next) => (replica.next, replica.request) = (answered, Some(next)),
        Next::Rest => replica.next = answered + CONFIG.retry_period,
        // The process ends, and its pod starts another.
        Next::Lost(_) => *replica = Replica::new(replica.index, replica.process + 1, answered + tenths(5)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_two_act_at_once(events in prop::collection::vec(event(), 1..120)) {
        run(&events)?;
    }

    #[test]
    fn when_all_is_well_again_one_of_them_acts(events in prop::collection::vec(event(), 0..60)) {
        let mut all = events;
        all.extend([Event::Fine(0, 1); 90]);
        prop_assert_eq!(run(&all)?, 1);
    }
}
