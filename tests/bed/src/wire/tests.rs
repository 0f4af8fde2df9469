//! Each deed, done to a CreateFargateProfile on its way to the simulator.

use std::time::Duration;

use eks_simulator::{ClusterSettings, Operation, ProfileSpec, Settings, Simulator};
use http::Request;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::keeper::Kill;
use super::ledger::{Ledger, Order};
use super::proxy::{Proxy, Upstream};
use super::way::{Side, Way};
use super::{Deed, Effect, Refusal};

const SOON: Duration = Duration::from_millis(100);

struct Scene {
    eks: Simulator,
    ledger: std::sync::Arc<Ledger>,
    url: String,
    side: std::sync::Arc<Side>,
    kills: mpsc::UnboundedReceiver<Kill>,
    _tasks: JoinSet<()>,
}

impl Scene {
    async fn with(deed: Deed) -> Self {
        let eks = eks_simulator::start(Settings::default()).await.unwrap();
        eks.add_cluster(ClusterSettings::named("prod"));
        let (kill, kills) = mpsc::unbounded_channel();
        let ledger = std::sync::Arc::new(Ledger::default());
        ledger.begin(Some(Order { kind: Effect::Create, n: 1, deed }));
        let mut tasks = JoinSet::new();
        let proxy = Proxy::new(Upstream::eks(&eks.url()), std::sync::Arc::clone(&ledger), kill);
        let side = proxy.side();
        let url = proxy.listen(&mut tasks).await.unwrap();
        Self { eks, ledger, url, side, kills, _tasks: tasks }
    }

    /// The status of the answer, if there is one; 0 if none has come for a while.
    async fn create(&self) -> Option<u16> {
        let body = serde_json::to_string(&ProfileSpec::named("web")).unwrap();
        let request = Request::post(format!("{}/clusters/prod/fargate-profiles", self.url));
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let answer = client.request(request.body(Full::from(body)).unwrap());
        match tokio::time::timeout(Duration::from_secs(1), answer).await {
            Ok(answer) => answer.ok().map(|answer| answer.status().as_u16()),
            Err(_) => Some(0),
        }
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
    let scene = Scene::with(Deed::LoseReply).await;
    assert_eq!((scene.create().await, scene.is_there()), (None, true));
    assert!(scene.ledger.has_struck());
    assert_eq!(scene.create().await, Some(409));
    assert_eq!(scene.ledger.effects(), [Effect::Create; 2]);
}

#[tokio::test]
async fn a_refused_call_never_arrives_and_a_belied_one_does() {
    for (deed, status, arrived) in [
        (Deed::Refuse(Refusal::TurnedAway), 429, 0),
        (Deed::Refuse(Refusal::ServerError), 500, 0),
        (Deed::Belie, 500, 1),
    ] {
        let scene = Scene::with(deed).await;
        assert_eq!((scene.create().await, scene.arrived()), (Some(status), arrived));
    }
}

#[tokio::test]
async fn a_late_call_is_cut_or_left_waiting_and_arrives_later() {
    let scene = Scene::with(Deed::Late { by: SOON, silent: false }).await;
    assert_eq!((scene.create().await, scene.ledger.is_late()), (None, true));
    scene.eks.wait_for(|eks| eks.profile("prod", "web").is_some()).await;

    let scene = Scene::with(Deed::Late { by: SOON, silent: true }).await;
    assert_eq!(scene.create().await, Some(0));
    assert!(scene.is_there() && !scene.ledger.is_late());
}

#[tokio::test]
async fn who_is_to_be_killed_dies_before_the_call_after_it_or_with_it_on_the_wire() {
    for (deed, there_at_death, at_last) in
        [(Deed::KillBefore, false, 0), (Deed::KillAfter, true, 1), (Deed::KillWithLate { by: SOON }, false, 1)]
    {
        let mut scene = Scene::with(deed).await;
        let url = scene.url.clone();
        let body = serde_json::to_string(&ProfileSpec::named("web")).unwrap();
        let request = Request::post(format!("{url}/clusters/prod/fargate-profiles")).body(Full::from(body)).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let call = tokio::spawn(client.request(request));
        let kill = scene.kills.recv().await.unwrap();
        assert_eq!(scene.is_there(), there_at_death);
        // Whoever is dead waits for no answer.
        call.abort();
        kill.send(()).unwrap();
        // The next one looks.
        let look = Request::get(format!("{url}/clusters/prod")).body(Full::default()).unwrap();
        client.request(look).await.unwrap();
        scene.eks.wait_for(|eks| eks.calls(&[Operation::CreateFargateProfile]).len() == at_last).await;
    }
}

#[tokio::test]
async fn nothing_gets_through_while_the_way_is_cut_or_silent_and_every_try_counts() {
    let scene = Scene::with(Deed::LoseReply).await;
    scene.ledger.begin(None);
    for (way, answer) in [(Way::Cut, None), (Way::Silent, Some(0)), (Way::Open, Some(200))] {
        scene.side.traffic.send_modify(|traffic| traffic.way = way);
        assert_eq!(scene.create().await, answer, "{way:?}");
    }
    assert_eq!((scene.arrived(), *scene.side.come.borrow()), (1, 3));
}

#[tokio::test]
async fn a_connection_that_is_cut_ends_in_the_middle_of_an_answer_and_the_next_one_is_welcome() {
    let scene = Scene::with(Deed::Late { by: SOON, silent: true }).await;
    let (hung, ()) = tokio::join!(scene.create(), async {
        scene.ledger.strikes().await;
        scene.side.traffic.send_modify(|traffic| traffic.cuts += 1);
    });
    assert_eq!(hung, None);
    scene.eks.wait_for(|eks| eks.profile("prod", "web").is_some()).await;
    assert_eq!(scene.create().await, Some(409));
}
