//! What the tests of hand-overs share: an object with a workload, watched from outside, and how all of it ends.

use std::time::Duration;

use bed::testing::{TestNamespace, until_async};
use bed::{Bed, CLUSTER, Options};
use data_plane::What;
use fargate_operator::api::{APPROVE_ANNOTATION, ConditionType, FargateProfile, TAG_OWNER};
use k8s_openapi::api::events::v1::Event;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::support::drains::fargate;
use crate::support::lookout::Lookout;
use crate::support::oracle::{lives, never_too_many, story};
use crate::support::recorder::{Recorder, record};
use crate::support::{BedExt, events, is, message, profile, reason};

/// The Deployment in each namespace, with a budget that lets one pod go.
pub const WEB: &str = "web";

/// A bed whose Fargate is quick and whose clock leaves a second of the test's own time less than half a minute of EKS's.
pub fn brisk() -> Options {
    fargate(30.0)
}

/// A namespace with a workload that is not to be without more than one of its pods.
pub struct Served<'a> {
    pub ns: TestNamespace<'a>,
    lookout: Lookout,
    replicas: i32,
    began: Duration,
}

impl<'a> Served<'a> {
    /// Starts the workload, for which there is a profile already, and watches it from when it is whole.
    pub async fn start(bed: &'a Bed, namespace: &str, replicas: u32) -> Self {
        let ns = TestNamespace::new(bed, namespace).await;
        ns.budgeted(WEB, replicas).await;
        Self::again(ns, replicas).await
    }

    /// Watches a workload that has been started before.
    pub async fn again(ns: TestNamespace<'a>, replicas: u32) -> Self {
        let lookout = Lookout::of(ns.bed, &ns.name);
        lookout.whole(WEB).await;
        let began = lookout.now();
        Self { ns, lookout, replicas: i32::try_from(replicas).unwrap(), began }
    }

    /// Its pods have stayed what they were.
    pub fn untouched(&self) {
        assert_eq!(self.lookout.fewest(WEB, self.began), self.replicas, "{}", self.told());
    }

    /// No more than one pod was ever missing.
    pub fn served(&self) {
        assert!(self.lookout.fewest(WEB, self.began) >= self.replicas - 1, "{}", self.told());
        self.lookout.kept(WEB, self.began);
    }

    /// Each pod has moved once, to this profile, and no more than one was ever missing.
    pub async fn moved_to(&self, profile: &str) {
        self.served_by(profile).await;
        let record = self.ns.fargate.record();
        let here = record.entries.iter().filter(|line| line.namespace == self.ns.name);
        let made: Vec<_> = here.filter(|line| line.what == What::Created && line.at > self.began).collect();
        assert!(made.iter().all(|line| line.profile.as_deref() == Some(profile)), "not on {profile}: {made:?}");
        assert_eq!(i32::try_from(made.len()).unwrap(), self.replicas, "{made:?}");
    }

    /// All pods are on this profile, and no more than one was ever missing.
    pub async fn served_by(&self, profile: &str) {
        self.lookout.whole(WEB).await;
        self.served();
        for pod in self.ns.pods().await {
            assert_eq!(pod.labels().get(data_plane::PROFILE_LABEL).map(String::as_str), Some(profile));
        }
    }

    /// What was seen, for messages.
    fn told(&self) -> String {
        format!("{}: {:?}\n{}", self.ns.name, self.lookout.deployment(WEB, self.began), story(self.ns.bed))
    }
}

/// An object that selects these namespaces.
pub fn selecting(name: &str, namespaces: &[&str]) -> Value {
    let mut object = profile(name, "");
    object["spec"]["selectors"] = namespaces.iter().map(|namespace| json!({ "namespace": namespace })).collect();
    object
}

/// Has an object settled and its workload served by it.
pub async fn serving<'a>(bed: &'a Bed, name: &str, namespace: &str, replicas: u32) -> Served<'a> {
    bed.create(&profile(name, namespace)).await;
    bed.settled(name).await;
    Served::start(bed, namespace, replicas).await
}

/// One commit of a folder: all objects in it are applied, and those are deleted that bear its label and are not in it.
pub async fn apply_and_prune(bed: &Bed, folder: &str, objects: &[Value]) {
    let mut objects = objects.to_vec();
    for object in &mut objects {
        object["metadata"]["labels"] = json!({ "folder": folder });
    }
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects }).to_string();
    let (kubectl, label) = (bed.kubectl(), format!("folder={folder}"));
    let allowed = "--prune-allowlist=fargate-operator.dev/v1alpha1/FargateProfile";
    let words = ["apply", "--prune", allowed, "--wait=false", "-l"].map(str::to_owned).into_iter().chain([label]);
    let words: Vec<String> = words.chain(["-f".to_owned(), "-".to_owned()]).collect();
    // EKS and Fargate live in this process, and are not to stand still for it.
    let applied = tokio::task::spawn_blocking(move || {
        kubectl.input(&words.iter().map(String::as_str).collect::<Vec<_>>(), &list)
    });
    applied.await.unwrap().unwrap();
}

/// The one EKS profile that an object has, which is settled.
pub async fn only_profile_of(bed: &Bed, name: &str) -> String {
    let object = bed.settled(name).await;
    never_too_many(bed, name);
    let [profile] = profiles_of(bed, name).try_into().unwrap_or_else(|all| panic!("{name} has {all:?}"));
    assert_eq!(object.status.unwrap().profile.unwrap().name, profile);
    profile
}

/// The names of the EKS profiles that an object has.
pub fn profiles_of(bed: &Bed, name: &str) -> Vec<String> {
    let all = bed.eks().profiles(CLUSTER).into_iter();
    all.filter(|profile| profile.tags.get(TAG_OWNER).is_some_and(|owner| owner == name))
        .map(|profile| profile.name)
        .collect()
}

/// The object is gone, and all its EKS profiles with it.
pub async fn gone(bed: &Bed, name: &str) {
    bed.gone(name).await;
    assert_eq!(profiles_of(bed, name), [""; 0], "{}", story(bed));
}

/// No EKS profile of this object was asked to go.
pub fn keeps_all(bed: &Bed, name: &str) {
    let gone: Vec<_> = lives(bed, name).into_iter().filter(|life| life.ends_with("DELETING")).collect();
    assert!(gone.is_empty(), "{gone:?}\n{}", story(bed));
}

/// Has the deletion of an object begun, and records what it says from then on.
pub async fn leave(bed: &Bed, name: &str) -> Recorder {
    let recorder = record(bed, name);
    bed.delete(name).await;
    recorder
}

/// Waits until an object says in a true condition, for this reason, something about all of these.
pub async fn says(bed: &Bed, name: &str, kind: ConditionType, reason: &str, about: &[&str]) -> FargateProfile {
    let what = format!("{} for {reason} about {about:?}", kind.name());
    bed.wait(name, &what, |object| tells(object, kind, reason, about)).await
}

/// An object has said in a true condition, for this reason, something about all of these.
pub fn has_said(recorder: &Recorder, kind: ConditionType, reason: &str, about: &[&str]) {
    let all = recorder.while_true(kind);
    let about_all = |text: &&String| text.starts_with(reason) && about.iter().all(|word| text.contains(word));
    assert!(all.iter().any(|text| about_all(&text)), "nothing for {reason} about {about:?} in {all:#?}");
}

fn tells(object: &FargateProfile, kind: ConditionType, why: &str, about: &[&str]) -> bool {
    is(object, kind)
        && reason(object, kind).as_deref() == Some(why)
        && about.iter().all(|word| tells_of(object, kind, word))
}

/// Whether a person finds this in the condition, or beside it: among the pods that are held and the object's profiles.
fn tells_of(object: &FargateProfile, kind: ConditionType, word: &str) -> bool {
    let status = object.status.as_ref();
    let pods = status.into_iter().flat_map(|status| &status.held_pods);
    let profiles = status.into_iter().flat_map(|status| &status.profiles).map(|record| &record.name);
    message(object, kind).contains(word) || pods.chain(profiles).any(|text| text.contains(word))
}

/// Approves what the message of an object that is Stalled asks for.
pub async fn approve(bed: &Bed, stalled: &FargateProfile) {
    let said = message(stalled, ConditionType::Stalled);
    let (_, after) = said.split_once(&format!("{APPROVE_ANNOTATION}=")).expect("a plan to approve");
    let plan = after.split_whitespace().next();
    bed.patch(&stalled.name_any(), json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: plan } } })).await;
}

/// Waits until an object says in some condition something about all of these.
pub async fn says_of(bed: &Bed, name: &str, about: &[&str]) -> FargateProfile {
    bed.wait(name, &format!("speaking of {about:?}"), |object| {
        ConditionType::ALL.into_iter().any(|kind| about.iter().all(|word| tells_of(object, kind, word)))
    })
    .await
}

/// The object has named a pod: in a condition, or in an event.
pub async fn named(bed: &Bed, recorder: &Recorder, pod: &str) {
    let states = recorder.states();
    let said = |state: &FargateProfile| ConditionType::ALL.into_iter().any(|kind| tells_of(state, kind, pod));
    if states.iter().any(said) {
        return;
    }
    let is_it = |event: &Event| event.note.as_ref().is_some_and(|note| note.contains(pod));
    until_async(&format!("{pod} is named"), async || events(bed, states.last().unwrap()).await.iter().any(is_it)).await;
}
