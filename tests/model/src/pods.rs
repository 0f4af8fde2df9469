//! Pods and their controllers.

use std::rc::Rc;

use crate::clock::{self, Stamp};
use crate::invariants::Breach;
use crate::real;
use crate::webhook::matching;
use crate::world::{ModelProfile, World};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pod {
    pub id: u8,
    /// The controller that recreates it, if any.
    pub set: Option<u8>,
    /// The object whose namespace it is in, unless it has a controller.
    pub home: u8,
    /// The profile that the webhook gave it.
    pub profile: Option<Rc<str>>,
    /// The pod is foreign, whatever its label says.
    pub forged: Option<Forged>,
    pub ready: bool,
    pub ending: bool,
    pub born: Stamp,
    /// Only the invariants use it.
    pub past: PodHistory,
}

/// A foreign pod with the label of one of our profiles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Forged {
    pub label: Rc<str>,
    /// It is Ready on an EC2 node in the object's namespace. Otherwise it is pending in another namespace.
    pub on_ec2: bool,
}

/// A controller that keeps this many pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Set {
    pub namespace: &'static str,
    pub desired: u8,
    /// The histories of the pods that it has to replace.
    pub debts: Vec<PodHistory>,
}

/// What the invariants need to know about a pod and those that it replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PodHistory {
    /// The operator evicted the previous pod: from where, to where.
    pub moved: Option<(Rc<str>, Rc<str>)>,
    /// It came back to where it was evicted from, although this profile should have taken it.
    pub bounced: Option<Rc<str>>,
    /// The object that evicted the previous pod, if none has been Ready since.
    pub down: Option<u8>,
    /// The profile, by ARN, for which the previous pod was recreated.
    pub remade: Option<Rc<str>>,
}

impl World {
    pub fn namespace(&self, pod: &Pod) -> &'static str {
        if pod.forged.as_ref().is_some_and(|forged| !forged.on_ec2) {
            return real::ELSEWHERE;
        }
        match pod.set.map(|set| &self.sets[usize::from(set)]) {
            Some(set) => set.namespace,
            None => real::object_name(usize::from(pod.home)),
        }
    }

    /// Pods of a controller that are not terminating.
    pub fn staying(&self, set: u8) -> impl Iterator<Item = &Pod> {
        self.pods.iter().filter(move |pod| pod.set == Some(set) && !pod.ending)
    }

    pub fn on<'a>(&'a self, profile: &'a ModelProfile) -> impl Iterator<Item = &'a Pod> {
        self.pods.iter().filter(|pod| pod.profile.as_deref() == Some(&*profile.name))
    }

    /// The histories of existing pods and of those still to be created.
    pub fn lineages(&self) -> impl Iterator<Item = &PodHistory> {
        self.pods.iter().map(|pod| &pod.past).chain(self.sets.iter().flat_map(|set| &set.debts))
    }

    pub fn lacks(&self, set: u8) -> bool {
        self.staying(set).count() < usize::from(self.sets[usize::from(set)].desired)
    }

    /// Creates a bare pod, which is Ready at once.
    pub fn land(&mut self, home: u8, profile: usize) {
        let profile = Some(Rc::clone(&self.profiles[profile].name));
        let born = clock::next(self);
        self.add(Pod { home, profile, ready: true, born, ..Pod::default() });
    }

    /// Creates a foreign pod with the label of a profile.
    pub fn forge(&mut self, profile: usize, on_ec2: bool) {
        let label = Rc::clone(&self.profiles[profile].name);
        let home = self.profiles[profile].owner.unwrap_or_default();
        let born = Stamp { old: true, rank: 0 };
        self.add(Pod { home, forged: Some(Forged { label, on_ec2 }), ready: on_ec2, born, ..Pod::default() });
    }

    /// A controller creates a missing pod, which lands on a profile. `id` is unused.
    pub fn make(&mut self, set: u8, id: u8, profile: Option<usize>) -> Option<Breach> {
        let born = clock::next(self);
        let it = &mut self.sets[usize::from(set)];
        let mut past = if it.debts.is_empty() { PodHistory::default() } else { it.debts.remove(0) };
        let profile = profile.map(|at| Rc::clone(&self.profiles[at].name));
        let breach = self.bounce(&mut past, profile.as_deref(), set);
        self.add(Pod { id, set: Some(set), profile, ready: false, born, past, ..Pod::default() });
        breach
    }

    /// 10: where the replacement of an evicted pod lands. It may land on the old profile while there is no other.
    fn bounce(&self, past: &mut PodHistory, profile: Option<&str>, set: u8) -> Option<Breach> {
        let (from, to) = past.moved.take()?;
        if profile != Some(&*from) {
            past.bounced = None;
            return None;
        }
        let namespace = self.sets[usize::from(set)].namespace;
        if !matching(self, namespace).iter().any(|(_, profile)| profile.name == to) {
            return None;
        }
        let again = past.bounced.replace(Rc::clone(&to)) == Some(to);
        again.then(|| Breach::new(10, format!("evicted again and again, and comes back to {from}")))
    }

    fn add(&mut self, pod: Pod) {
        self.pods.push(pod);
        self.sort_pods();
    }

    /// Bare pods differ only in their place.
    pub fn sort_pods(&mut self) {
        let key = |pod: &Pod| match pod.set {
            Some(_) => (pod.id, None, pod.forged.clone()),
            None => (u8::MAX, pod.profile.clone(), pod.forged.clone()),
        };
        self.pods.sort_by_key(|pod| (key(pod), pod.born));
        let bare = self.pods.iter_mut().filter(|pod| pod.set.is_none());
        bare.enumerate().for_each(|(n, pod)| pod.id = 100 + u8::try_from(n).unwrap_or_default());
    }

    /// A pod begins to terminate. Its controller creates another one if it still wants as many.
    pub fn end_pod(&mut self, index: usize, past: impl FnOnce(&Pod) -> PodHistory) {
        let pod = &self.pods[index];
        if pod.ending {
            return;
        }
        let (set, past) = (pod.set, past(pod));
        let pod = &mut self.pods[index];
        (pod.ending, pod.past) = (true, PodHistory::default());
        if let Some(set) = set
            && past != PodHistory::default()
        {
            self.sets[usize::from(set)].debts.push(past);
        }
        self.settle_debts();
    }

    /// EKS ends all pods of a profile at once.
    pub fn kill(&mut self, profile: &str) {
        while let Some(at) = self.pods.iter().position(|pod| pod.profile.as_deref() == Some(profile)) {
            self.end_pod(at, |pod| pod.past.clone());
            self.pods.remove(at);
        }
        self.sort_pods();
    }

    /// Drops the histories of pods that no controller replaces any more.
    pub fn settle_debts(&mut self) {
        for set in 0..self.sets.len() {
            let number = u8::try_from(set).unwrap_or_default();
            let wanted = usize::from(self.sets[set].desired).saturating_sub(self.staying(number).count());
            self.sets[set].debts.truncate(wanted);
        }
    }
}

impl Default for Pod {
    fn default() -> Self {
        Self {
            id: 0,
            set: None,
            home: 0,
            profile: None,
            forged: None,
            ready: true,
            ending: false,
            born: Stamp::default(),
            past: PodHistory::default(),
        }
    }
}
