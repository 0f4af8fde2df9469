//! Each fault, done to a CreateFargateProfile on its way to the simulator.

use std::pin::pin;
use std::time::Duration;

use eks_simulator::{ClusterSettings, Control, Operation, ProfileSpec, Settings, Simulator};
use http::Request;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::effect_counter::{EffectCounter, Order};
use super::link::{ApiState, Link};
use super::server::{Proxy, Upstream};
use super::supervisor::Kill;
use super::{Effect, Fault, Refusal};
use crate::testing::{in_time, until};

const SOON: Duration = Duration::from_millis(100);

/// Whoever has no answer after this long is taken to get none.
const PATIENCE: Duration = Duration::from_millis(500);

struct Scene {
    eks: Simulator,
    counter: std::sync::Arc<EffectCounter>,
    url: String,
    state: std::sync::Arc<ApiState>,
    kills: mpsc::UnboundedReceiver<Kill>,
    _tasks: JoinSet<()>,
}

impl Scene {
    async fn with(fault: Fault) -> Self {
        let eks = eks_simulator::start(Settings::default()).await.unwrap();
        eks.add_cluster(ClusterSettings::named("prod"));
        let (kill, kills) = mpsc::unbounded_channel();
        let counter = std::sync::Arc::new(EffectCounter::default());
        counter.begin(Some(Order { kind: Effect::Create, n: 1, fault }));
        let mut tasks = JoinSet::new();
        let proxy = Proxy::new(Upstream::eks(&eks.url()), std::sync::Arc::clone(&counter), kill);
        let state = proxy.state();
        let url = proxy.listen(&mut tasks).await.unwrap();
        Self { eks, counter, url, state, kills, _tasks: tasks }
    }

    /// The status of the answer; none if the connection closes instead.
    async fn create(&self) -> Option<u16> {
        in_time("an answer, or the end of the connection", self.ask()).await
    }

    /// Whether a call still has neither an answer nor an end a while after this is so.
    async fn hangs_after(&self, this: impl Future<Output = ()>) -> bool {
        let mut asking = pin!(self.ask());
        tokio::select! {
            _ = &mut asking => false,
            () = this => tokio::time::timeout(PATIENCE, asking).await.is_err(),
        }
    }

    async fn ask(&self) -> Option<u16> {
        let body = serde_json::to_string(&ProfileSpec::named("web")).unwrap();
        let request = Request::post(format!("{}/clusters/prod/fargate-profiles", self.url));
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let answer = client.request(request.body(Full::from(body)).unwrap()).await;
        answer.ok().map(|answer| answer.status().as_u16())
    }

    /// Waits until this holds of EKS.
    async fn until(&self, condition: impl FnMut(&Control) -> bool) {
        in_time("it holds in the end", self.eks.wait_for(condition)).await;
    }

    fn is_there(&self) -> bool {
        self.eks.profile("prod", "web").is_some()
    }

    fn arrived(&self) -> usize {
        self.eks.calls(&[Operation::CreateFargateProfile]).len()
    }
}

#[tokio::test]
async fn a_lost_reply_is_of_a_call_that_took_effect_and_the_next_call_is_let_through() {
    let scene = Scene::with(Fault::LoseReply).await;
    assert_eq!((scene.create().await, scene.is_there()), (None, true));
    assert!(scene.counter.has_struck());
    assert_eq!(scene.create().await, Some(409));
    assert_eq!(scene.counter.effects(), [Effect::Create; 2]);
}

#[tokio::test]
async fn a_refused_call_never_arrives_and_a_belied_one_does() {
    for (fault, status, arrived) in [
        (Fault::Refuse(Refusal::TurnedAway), 429, 0),
        (Fault::Refuse(Refusal::ServerError), 500, 0),
        (Fault::Belie, 500, 1),
    ] {
        let scene = Scene::with(fault).await;
        assert_eq!((scene.create().await, scene.arrived()), (Some(status), arrived));
    }
}

#[tokio::test]
async fn a_late_call_is_cut_or_left_waiting_and_arrives_later() {
    let scene = Scene::with(Fault::Late { by: SOON, silent: false }).await;
    let asked = scene.eks.now();
    assert_eq!(scene.create().await, None);
    // On a slow machine it may have landed by now.
    assert!(scene.counter.is_late() || scene.is_there());
    scene.until(|eks| eks.profile("prod", "web").is_some()).await;
    let log = scene.eks.log();
    let landed = log.iter().find(|entry| entry.change().is_some()).unwrap().unscaled;
    assert!(landed >= (asked + SOON).as_secs_f64(), "asked {asked:?}, landed {landed}");

    let scene = Scene::with(Fault::Late { by: SOON, silent: true }).await;
    assert!(scene.hangs_after(scene.until(|eks| eks.profile("prod", "web").is_some())).await);
    until("it has landed", || !scene.counter.is_late()).await;
}

#[tokio::test]
async fn who_is_to_be_killed_dies_before_the_call_after_it_or_with_it_on_the_wire() {
    for (fault, there_at_death, at_last) in
        [(Fault::KillBefore, false, 0), (Fault::KillAfter, true, 1), (Fault::KillWithLate { by: SOON }, false, 1)]
    {
        let mut scene = Scene::with(fault).await;
        let url = scene.url.clone();
        let body = serde_json::to_string(&ProfileSpec::named("web")).unwrap();
        let request = Request::post(format!("{url}/clusters/prod/fargate-profiles")).body(Full::from(body)).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let call = tokio::spawn(client.request(request));
        let kill = in_time("the operator is to be killed", scene.kills.recv()).await.unwrap();
        assert_eq!(scene.is_there(), there_at_death);
        // Whoever is dead waits for no answer.
        call.abort();
        kill.send(()).unwrap();
        // The next one looks.
        let look = Request::get(format!("{url}/clusters/prod")).body(Full::default()).unwrap();
        client.request(look).await.unwrap();
        scene.until(|eks| eks.calls(&[Operation::CreateFargateProfile]).len() == at_last).await;
    }
}

#[tokio::test]
async fn nothing_gets_through_while_the_way_is_cut_or_silent_and_every_try_counts() {
    let scene = Scene::with(Fault::LoseReply).await;
    scene.counter.begin(None);
    let set = |link| scene.state.traffic.send_modify(|traffic| traffic.link = link);
    set(Link::Cut);
    assert_eq!(scene.create().await, None);
    set(Link::Silent);
    let mut come = scene.state.come.subscribe();
    assert!(scene.hangs_after(async { drop(come.wait_for(|come| *come == 2).await) }).await);
    set(Link::Open);
    assert_eq!(scene.create().await, Some(200));
    assert_eq!((scene.arrived(), *scene.state.come.borrow()), (1, 3));
}

#[tokio::test]
async fn a_connection_that_is_cut_ends_in_the_middle_of_an_answer_and_the_next_one_is_welcome() {
    let scene = Scene::with(Fault::Late { by: SOON, silent: true }).await;
    let (hung, ()) = tokio::join!(scene.create(), async {
        scene.counter.strikes().await;
        scene.state.traffic.send_modify(|traffic| traffic.cuts += 1);
    });
    assert_eq!(hung, None);
    scene.until(|eks| eks.profile("prod", "web").is_some()).await;
    assert_eq!(scene.create().await, Some(409));
}
