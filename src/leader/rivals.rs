//! Several candidates and one Lease, in simulated time: calls that are slow, lost, or carried out without an answer,
//! processes that stand still or are killed, an API server that is away. At no moment may two of them act, and none goes
//! without quiet time unless whoever acted before it has said that nothing is under way.

use std::time::Duration;

use proptest::prelude::*;

use super::decide::{Answer, Candidate, Next, Request, Seen};
use super::{Identity, Takeover};
use crate::intervals::{DEFAULTS, LeaseConfig};

const CONFIG: LeaseConfig = DEFAULTS.lease;

/// What befalls one call or one process in one round.
#[derive(Clone, Copy, Debug)]
enum Luck {
    /// All is well; the call takes so long in either direction, in tenths of a second.
    Fine(u64, u64),
    /// The call never arrives.
    Lost,
    /// It is carried out so late, in tenths of a second; nobody hears of it.
    Unheard(u64),
    /// The process stands still for so many tenths of a second.
    Still(u64),
    /// The process is killed, and another starts in the same pod.
    Killed,
    /// It hands the lease over, with or without anything under way, and starts anew.
    HandsOver {
        /// Nothing is under way.
        settled: bool,
    },
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        12 => (0_u64..8, 0_u64..8).prop_map(|(there, back)| Luck::Fine(there, back)),
        2 => Just(Luck::Lost),
        2 => (0_u64..300).prop_map(Luck::Unheard),
        1 => (0_u64..400).prop_map(Luck::Still),
        1 => Just(Luck::Killed),
        1 => any::<bool>().prop_map(|settled| Luck::HandsOver { settled }),
    ]
}

fn tenths(count: u64) -> Duration {
    Duration::from_millis(count * 100)
}

/// The Lease as the API server keeps it.
#[derive(Clone, Debug, Default)]
struct Kept {
    writes: u64,
    lease: Option<Seen>,
}

impl Kept {
    fn write(&mut self, request: Request, holder: &str, settled: bool, version: Option<&str>) -> Answer {
        let here = self.lease.as_ref().map(|lease| lease.version.as_str());
        let fits = if request == Request::Create { here.is_none() } else { here.is_some() && here == version };
        if !fits {
            return Answer::Conflict;
        }
        self.writes += 1;
        let seen = Seen {
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

/// Who acted last, and whether it has said, when it let go, that nothing is under way.
#[derive(Default)]
struct Past {
    actor: Option<(u64, u64)>,
    settled: bool,
}

impl Past {
    /// This one acts now.
    fn learn(&mut self, rival: &Rival) -> Result<(), TestCaseError> {
        let me = (rival.index, rival.process);
        if self.actor != Some(me) {
            let knows_of_nothing = rival.candidate.tenure().is_some_and(|(_, takeover)| takeover == Takeover::Settled);
            prop_assert!(self.settled || !knows_of_nothing, "{me:?} goes without quiet time after {:?}", self.actor);
            *self = Self { actor: Some(me), settled: false };
        }
        Ok(())
    }
}

/// A write that is on the wire.
struct Late {
    lands: Duration,
    request: Request,
    holder: String,
    version: Option<String>,
}

struct Rival {
    index: u64,
    process: u64,
    candidate: Candidate,
    version: Option<String>,
    next: Duration,
    request: Option<Request>,
    /// When the process was still, its view of what it may do is not asked: it does nothing.
    acts_from: Duration,
}

impl Rival {
    fn new(index: u64, process: u64, now: Duration) -> Self {
        let candidate = Candidate::new(Identity::of_pod(&format!("ops/{index}"), &process.to_string()), CONFIG);
        Self { index, process, candidate, version: None, next: now, request: None, acts_from: now }
    }

    fn acts(&self, now: Duration) -> bool {
        now >= self.acts_from && self.candidate.tenure().is_some_and(|(until, _)| now < until)
    }
}

/// A run of three, a step for each piece of luck. How many of them act at its end.
fn run(lucks: &[Luck]) -> Result<usize, TestCaseError> {
    let mut kept = Kept::default();
    let mut late: Vec<Late> = Vec::new();
    let mut past = Past::default();
    let mut rivals = [0, 1, 2].map(|index| Rival::new(index, 0, tenths(index * 7)));
    let mut now = Duration::ZERO;
    for luck in lucks {
        now = rivals.iter().map(|rival| rival.next).min().unwrap_or(now);
        late.sort_by_key(|write| write.lands);
        while late.first().is_some_and(|write| write.lands <= now) {
            let write = late.remove(0);
            kept.write(write.request, &write.holder, false, write.version.as_deref());
        }
        if let Some(turn) = rivals.iter_mut().find(|rival| rival.next == now) {
            step(turn, *luck, now, &mut kept, &mut late, &mut past);
        }
        // Until the next step nothing changes but the time.
        let until = rivals.iter().map(|rival| rival.next).min().unwrap_or(now);
        for moment in [now, until] {
            let acting: Vec<&Rival> = rivals.iter().filter(|rival| rival.acts(moment)).collect();
            let who = || acting.iter().map(|rival| rival.index).collect::<Vec<_>>();
            prop_assert!(acting.len() <= 1, "at {moment:?} {:?} act, the lease is {:?}", who(), kept.lease);
            acting.first().map_or(Ok(()), |rival| past.learn(rival))?;
        }
    }
    Ok(rivals.iter().filter(|rival| rival.acts(now)).count())
}

fn step(rival: &mut Rival, luck: Luck, sent: Duration, kept: &mut Kept, late: &mut Vec<Late>, past: &mut Past) {
    let request = rival.request.take().unwrap_or_else(|| rival.candidate.begin());
    let me = rival.candidate.me().text().to_owned();
    let mut carry_out = |version: Option<&str>| match request {
        Request::Read => kept.read(),
        Request::Create | Request::Take | Request::Renew => kept.write(request, &me, false, version),
    };
    let (answer, answered) = match luck {
        Luck::Fine(there, back) => (carry_out(rival.version.as_deref()), sent + tenths(there + back)),
        Luck::Lost => (Answer::Failed, sent + CONFIG.call_timeout()),
        Luck::Unheard(by) => {
            if request != Request::Read {
                let version = rival.version.clone();
                late.push(Late { lands: sent + tenths(by), request, holder: me, version });
            }
            (Answer::Failed, sent + CONFIG.call_timeout())
        }
        Luck::Still(tenths_of_a_second) => {
            let awake = sent + tenths(tenths_of_a_second);
            (rival.next, rival.request) = (awake, Some(request));
            rival.acts_from = rival.acts_from.max(awake);
            return;
        }
        Luck::Killed => {
            *rival = Rival::new(rival.index, rival.process + 1, sent + tenths(5));
            return;
        }
        Luck::HandsOver { settled } => {
            if rival.candidate.tenure().is_some() {
                let answer = kept.write(Request::Renew, "", settled, rival.version.as_deref());
                past.settled |= settled && matches!(answer, Answer::Is(_));
            }
            *rival = Rival::new(rival.index, rival.process + 1, sent + tenths(5));
            return;
        }
    };
    if let Answer::Is(seen) = &answer {
        rival.version = Some(seen.version.clone());
    }
    match rival.candidate.learn(request, answer, sent, answered) {
        Next::Send(next) => (rival.next, rival.request) = (answered, Some(next)),
        Next::Rest => rival.next = answered + CONFIG.retry_period,
        // It ends, and its pod starts another.
        Next::Lost(_) => *rival = Rival::new(rival.index, rival.process + 1, answered + tenths(5)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_two_act_at_once(lucks in prop::collection::vec(luck(), 1..120)) {
        run(&lucks)?;
    }

    #[test]
    fn when_all_is_well_again_one_of_them_acts(lucks in prop::collection::vec(luck(), 0..60)) {
        let mut all = lucks;
        all.extend([Luck::Fine(0, 1); 90]);
        prop_assert_eq!(run(&all)?, 1);
    }
}
