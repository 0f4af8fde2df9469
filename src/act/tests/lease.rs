//! Nothing is sent without the Lease.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kube::Client;
use kube::api::{Api, ObjectMeta};
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

use super::turns::turn;
use crate::act::{Effects, Outcome, execute};
use crate::api::FargateProfile;
use crate::aws::Unread;
use crate::eks::{AccessEntry, Addon, Cluster, Eks, NewAccessEntry, NewProfile, Profile, ProfileStatus};
use crate::failure::Failure;
use crate::iam::{Iam, NewRole, Role};
use crate::mending::{DeploymentPatch, Mend, Way};
use crate::placement::Controller;
use crate::plan::{Checkpoint, CreateCause, DeleteCause, DropCause, EvictCause, Eviction, Step, TagCause};
use crate::state::ActionKey;
use crate::state::fixture::{NOW, owned, with};

/// The mutations that were sent, in order.
type Sent = Arc<Mutex<Vec<String>>>;

/// Accepts everything.
struct Willing(Sent);

impl Willing {
    fn note<T>(&self, call: &str, answer: T) -> Result<T, Failure> {
        self.0.lock().unwrap().push(call.to_owned());
        Ok(answer)
    }
}

#[async_trait]
impl Eks for Willing {
    async fn list(&self, _: &str) -> Result<Vec<String>, Failure> {
        unreachable!("an effect looks at nothing")
    }

    async fn describe(&self, _: &str, _: &str) -> Result<Profile, Failure> {
        unreachable!("an effect looks at nothing")
    }

    async fn describe_cluster(&self, _: &str) -> Result<Cluster, Failure> {
        unreachable!("an effect looks at nothing")
    }

    async fn access_entry(&self, _: &str, _: &str) -> Result<Option<AccessEntry>, Unread> {
        unreachable!("an effect looks at nothing")
    }

    async fn addon(&self, _: &str, _: &str) -> Result<Option<Addon>, Unread> {
        unreachable!("an effect looks at nothing")
    }

    async fn account(&self) -> Result<String, Failure> {
        unreachable!("an effect looks at nothing")
    }

    async fn create(&self, profile: &NewProfile) -> Result<Profile, Failure> {
        self.note("create", owned(&profile.name, ProfileStatus::Creating))
    }

    async fn delete(&self, _: &str, _: &str) -> Result<(), Failure> {
        self.note("delete", ())
    }

    async fn tag(&self, _: &str, _: &BTreeMap<String, String>) -> Result<(), Failure> {
        self.note("tag", ())
    }

    async fn untag(&self, _: &str, _: &[String]) -> Result<(), Failure> {
        self.note("untag", ())
    }

    async fn create_access_entry(&self, _: &str, _: &NewAccessEntry) -> Result<(), Failure> {
        self.note("create access entry", ())
    }

    async fn delete_access_entry(&self, _: &str, _: &str) -> Result<(), Failure> {
        self.note("delete access entry", ())
    }

    async fn configure_addon(&self, _: &str, _: &str, _: &str) -> Result<(), Failure> {
        self.note("configure add-on", ())
    }

    fn region(&self) -> &str {
        "us-west-2"
    }
}

#[async_trait]
impl Iam for Willing {
    async fn role(&self, _: &str) -> Result<Option<Role>, Unread> {
        unreachable!("an effect looks at nothing")
    }

    async fn attached_policies(&self, _: &str) -> Result<BTreeSet<String>, Unread> {
        unreachable!("an effect looks at nothing")
    }

    async fn inline_policies(&self, _: &str) -> Result<BTreeSet<String>, Unread> {
        unreachable!("an effect looks at nothing")
    }

    async fn create_role(&self, _: &NewRole) -> Result<(), Failure> {
        self.note("create role", ())
    }

    async fn attach_policy(&self, _: &str, _: &str) -> Result<(), Failure> {
        self.note("attach policy", ())
    }

    async fn detach_policy(&self, _: &str, _: &str) -> Result<(), Failure> {
        self.note("detach policy", ())
    }

    async fn delete_role(&self, _: &str) -> Result<(), Failure> {
        self.note("delete role", ())
    }
}

fn object() -> FargateProfile {
    let metadata = ObjectMeta { name: Some("web".to_owned()), uid: Some("uid".to_owned()), ..ObjectMeta::default() };
    FargateProfile { metadata, spec: with(&[]).spec, status: None }
}

fn job() -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "job", "uid": "uid-job" },
        "spec": { "template": { "spec": { "containers": [] } } },
    })
}

/// Kubernetes with the object and a Job. It accepts every change.
fn kubernetes(sent: &Sent) -> Client {
    let sent = Arc::clone(sent);
    let service = service_fn(move |request: axum::http::Request<Body>| {
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let is_dry_run = request.uri().query().is_some_and(|query| query.contains("dryRun=All"));
        if method != "GET" {
            sent.lock().unwrap().push(format!("{method} {path}{}", if is_dry_run { " as a dry run" } else { "" }));
        }
        let answer = match path.as_str() {
            path if path.ends_with("/jobs/job") => job(),
            path if path.ends_with("/eviction") => json!({ "kind": "Status", "status": "Success", "code": 201 }),
            _ => serde_json::to_value(object()).unwrap(),
        };
        let body = Body::from(serde_json::to_vec(&answer).unwrap());
        async move { Ok::<_, std::convert::Infallible>(axum::http::Response::new(body)) }
    });
    Client::new(service, "default")
}

fn eviction() -> Eviction {
    Eviction {
        namespace: "web".into(),
        name: "pod".into(),
        uid: "uid-pod".into(),
        resource_version: "1".into(),
        controller: Controller {
            api_version: "batch/v1".into(),
            kind: "Job".into(),
            name: "job".into(),
            uid: "uid-job".into(),
        },
        to: "web-9999".into(),
        cause: EvictCause::Pending(None),
    }
}

/// Each effect, and what is sent for it.
fn effects() -> Vec<(Step, &'static str)> {
    let profile = NewProfile {
        cluster: "prod".into(),
        name: "web-9998".into(),
        role: String::new(),
        subnets: None,
        selectors: BTreeSet::new(),
        tags: BTreeMap::new(),
    };
    let (name, arn) = ("web-9999".to_owned(), "arn:web-9999".to_owned());
    let tag = |set: &[&str], remove: &[&str]| Step::Tag {
        name: name.clone(),
        arn: arn.clone(),
        set: set.iter().map(|key| ((*key).to_owned(), String::new())).collect(),
        remove: remove.iter().map(|key| (*key).to_owned()).collect(),
        cause: TagCause::Drift,
    };
    let object = "PATCH /apis/fargate-operator.dev/v1alpha1/fargateprofiles/web";
    let patch = DeploymentPatch {
        namespace: "kube-system".into(),
        name: "coredns".into(),
        patch: json!({}),
        way: Way::ToFargate,
        restarts: true,
    };
    let (role, policy) = ("pods".to_owned(), "arn:policy".to_owned());
    let mend = |mend: Mend, calls: &'static str| (Step::Mend(mend), calls);
    vec![
        mend(Mend::CreateRole(NewRole::default()), "create role"),
        mend(Mend::AttachPolicy { role: role.clone(), policy: policy.clone() }, "attach policy"),
        mend(Mend::DetachPolicy { role: role.clone(), policy }, "detach policy"),
        mend(Mend::DeleteRole { role: role.clone() }, "delete role"),
        mend(Mend::CreateAccessEntry(NewAccessEntry::default()), "create access entry"),
        mend(Mend::RenewAccessEntry(NewAccessEntry::default()), "delete access entry, create access entry"),
        mend(Mend::DeleteAccessEntry { role }, "delete access entry"),
        mend(
            Mend::ConfigureAddon { addon: "coredns", configuration: String::new(), way: Way::Back },
            "configure add-on",
        ),
        mend(Mend::PatchDeployment(patch), "PATCH /apis/apps/v1/namespaces/kube-system/deployments/coredns"),
        (Step::AddFinalizer, object),
        (Step::DropFinalizer(DropCause::ProfilesGone), object),
        (Step::Create { profile, cause: CreateCause::First, action: ActionKey::Create(1) }, "create"),
        (Step::Delete { name: name.clone(), arn: arn.clone(), cause: DeleteCause::Leftover }, "delete"),
        (tag(&["team"], &[]), "tag"),
        (tag(&[], &["team"]), "untag"),
        (Step::Evict(eviction()), "POST /api/v1/namespaces/web/pods/pod/eviction"),
    ]
}

/// The outcome of a step with or without the Lease, and what was sent for it.
async fn carried_out(step: &Step, leads: bool) -> (Outcome, Vec<String>) {
    let sent = Sent::default();
    let client = kubernetes(&sent);
    let effects = Effects {
        client: &client,
        objects: &Api::all(client.clone()),
        eks: &Willing(Arc::clone(&sent)),
        iam: &Willing(Arc::clone(&sent)),
        turn: &parking_lot::Mutex::new(turn()),
        look_began: NOW,
        now: &|| NOW,
        may_act: &|| leads,
        next_try: &|waited| waited,
        timeout: Duration::from_secs(10),
    };
    let outcome = execute(step, &object(), &with(&[owned("web-9999", ProfileStatus::Active)]), &effects).await;
    let sent = sent.lock().unwrap().clone();
    (outcome, sent)
}

#[tokio::test]
async fn no_effect_is_sent_without_the_lease() {
    for (step, call) in effects() {
        let (outcome, sent) = carried_out(&step, true).await;
        assert!(outcome.is_done(), "{step:?}: {outcome:?}");
        assert_eq!(sent.join(", "), call, "{step:?}");
        let (outcome, sent) = carried_out(&step, false).await;
        assert!(matches!(outcome, Outcome::NotLeading), "{step:?}: {outcome:?}");
        assert!(sent.is_empty(), "{step:?}: {sent:?}");
    }
}

#[tokio::test]
async fn what_is_asked_before_an_eviction_is_a_dry_run() {
    let step = Step::Ask { eviction: Box::new(eviction()), record: Checkpoint::Cluster };
    let (outcome, sent) = carried_out(&step, true).await;
    assert!(matches!(outcome, Outcome::Rested), "{outcome:?}");
    assert_eq!(sent, ["POST /api/v1/namespaces/web/pods/pod/eviction as a dry run"]);
}
