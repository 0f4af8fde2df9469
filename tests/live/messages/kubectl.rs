//! What a person sees who only has kubectl: columns, a watch, waits for conditions, annotations that are answered.

use std::process::Stdio;
use std::time::Duration;

use bed::Bed;
use bed::testing::TestNamespace;
use eks_simulator::{Effect, Fault, Operation};
use fargate_operator::api::ConditionType::{Ready, Stalled};
use fargate_operator::api::{APPROVE_ANNOTATION, FargateProfile};
use serde_json::json;

use crate::support::drains::{another_role, fargate, plan};
use crate::support::objects::{manual, selecting, serving, status};
use crate::support::{BedExt, is, message, profile, quick, reason};

/// The longest name that the columns have room for.
const LONG: &str = "payments-backend-production";

/// The lines of `kubectl get fp NAME -w`, as they come.
struct Watch {
    kubectl: std::process::Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Watch {
    fn start(bed: &Bed, name: &str) -> Self {
        use std::io::BufRead;
        let mut kubectl = bed.kubectl().command(&["get", "fp", name, "-w"]).stdout(Stdio::piped()).spawn().unwrap();
        let output = std::io::BufReader::new(kubectl.stdout.take().unwrap());
        let (told, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
        Self { kubectl, lines }
    }

    /// Every line until one that fits, which is the last.
    fn until(&self, fits: impl Fn(&str) -> bool) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            seen.push(self.lines.recv_timeout(Duration::from_secs(120)).unwrap_or_else(|_| panic!("{seen:#?}")));
            if fits(seen.last().unwrap()) {
                return seen;
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.kubectl.kill();
        let _ = self.kubectl.wait();
    }
}

/// A line without the column AGE, which is the last.
fn ageless(line: &str) -> &str {
    line.trim_end().rsplit_once(' ').map_or(line, |(before, _)| before.trim_end())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_a_replacement_has_no_line_that_differs_only_in_age_and_its_end_can_be_waited_for() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let ns = TestNamespace::new(&bed, LONG).await;
    bed.create(&profile(LONG, LONG)).await;
    bed.settled(LONG).await;
    ns.budgeted("web", 5).await;
    ns.complete("web").await;
    bed.wait(LONG, "all on Fargate", |it| status(it).pods.is_some_and(|pods| pods.summary == "5/5")).await;

    let watch = Watch::start(&bed, LONG);
    watch.until(|line| line.contains("Active"));
    bed.patch(LONG, another_role()).await;
    let wait = format!("wait --for=condition=Reconciling=false fp/{LONG} --timeout=120s");
    bed.kubectl().run(&wait).unwrap();
    assert_eq!(bed.names(), [format!("{LONG}-9998")], "the wait ended before the old EKS profile was gone");

    // The edit itself is the first line.
    let lines = watch.until(|line| line.contains("Active") && line.contains("5/5"));
    let lines = [lines, watch.lines.try_iter().collect()].concat();
    let told: Vec<&str> = lines.iter().map(|line| ageless(line)).skip_while(|line| line.contains("Active")).collect();
    for pair in told.windows(2) {
        assert_ne!(pair[0], pair[1], "twice the same:\n{}", lines.join("\n"));
    }
    for word in ["Replacing", "Retiring", "Probing 1/5", "Draining 2/5", "Draining 5/5"] {
        assert!(told.iter().any(|line| line.contains(word)), "{word} is not told:\n{}", lines.join("\n"));
    }
    let widest = lines.iter().map(String::len).max().unwrap();
    assert!(widest <= 80, "{widest} columns:\n{}", lines.join("\n"));
}

#[tokio::test]
async fn another_try_can_be_asked_for_and_is_made_at_once() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    let refused = Effect::Error {
        status: 400,
        code: Some("InvalidParameterException".to_owned()),
        message: "not this".to_owned(),
    };
    let id = bed.eks().add_fault(Fault::new(refused).on([Operation::CreateFargateProfile]));
    bed.create(&profile("web", "web")).await;
    let announced = |it: &FargateProfile| status(it).waiting.is_some_and(|waiting| waiting.next_try.is_some());
    bed.wait("web", "refused, and the next try announced", |it| is(it, Stalled) && announced(it)).await;
    bed.eks().remove_fault(id);
    let creates = || bed.eks().calls(&[Operation::CreateFargateProfile]).len();
    let before = creates();
    bed.kubectl().run("annotate fp web fargate-operator.dev/retry=now").unwrap();
    let served = bed.settled("web").await;
    assert_eq!((creates(), status(&served).handled_retry.as_deref()), (before + 1, Some("now")));
    bed.has_event(&served, "RetryRequested").await;
}

#[tokio::test]
async fn an_approval_of_another_plan_is_answered() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &manual(profile("web", "a"))).await;
    bed.patch("web", selecting("b")).await;
    let waits = |it: &FargateProfile| reason(it, Ready).as_deref() == Some("AwaitingApproval");
    bed.wait("web", "awaiting approval", waits).await;
    bed.kubectl().run("annotate fp web fargate-operator.dev/approve=yes").unwrap();
    let answered =
        bed.wait("web", "answered", |it| message(it, Ready).starts_with("yes is not the plan that waits")).await;
    bed.has_event(&answered, "AwaitingApproval").await;
    bed.has_event(&answered, "ApprovalIgnored").await;
    bed.patch("web", json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: plan(&answered) } } })).await;
    bed.settled("web").await;
}

#[tokio::test]
async fn a_namespace_that_does_not_exist_is_warned_of() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    bed.create(&profile("web", "chekout")).await;
    let warned = bed.wait("web", "warned", |it| !status(it).warnings.is_empty()).await;
    let expected = "a selector names namespace chekout, which does not exist: correct spec.selectors or create it";
    assert_eq!(status(&warned).warnings, [expected]);
    bed.has_event(&warned, "CheckSelectors").await;
}
