//! A pod's status, and what it says of what keeps the pod from working.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::placement::{FARGATE_SCHEDULER, Issue, IssueCause, gist};

/// So many characters of an issue are told.
const ISSUE_LENGTH: usize = 200;

/// After so many restarts a container ends again and again. One that ended once may be well.
const RESTARTS: i32 = 3;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Status {
    pub(super) phase: String,
    conditions: Vec<Condition>,
    init_container_statuses: Vec<ContainerStatus>,
    container_statuses: Vec<ContainerStatus>,
    pub(super) nominated_node_name: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Condition {
    #[serde(rename = "type")]
    type_: String,
    pub(super) status: String,
    reason: Option<String>,
    message: Option<String>,
    #[serde(deserialize_with = "time")]
    pub(super) last_transition_time: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerStatus {
    /// The API server takes any from whoever may write the status.
    restart_count: i32,
    state: State,
    last_state: State,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: Option<String>,
    message: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    exit_code: i32,
    reason: Option<String>,
    message: Option<String>,
    #[serde(deserialize_with = "time")]
    finished_at: Option<Timestamp>,
}

/// A time; none if it is beyond those that can be counted with. Anybody who may write a pod's status may write any year, and
/// one pod must not put all the others out of sight.
pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.and_then(|text| text.parse().ok()))
}

impl Status {
    pub(super) fn condition(&self, type_: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.type_ == type_)
    }

    /// Why a container does not run, else why the pod has no node, else why it is not Ready.
    pub(super) fn issue(&self, scheduler: &str) -> Option<Issue> {
        let unready = self.condition("Ready").filter(|condition| condition.status == "False");
        let since = unready.and_then(|condition| condition.last_transition_time);
        let mut containers = self.init_container_statuses.iter().chain(&self.container_statuses);
        if let Some(issue) = containers.find_map(|container| container.issue(since)) {
            return Some(issue);
        }
        if let Some(unscheduled) = self.condition("PodScheduled").filter(|condition| condition.status == "False") {
            let said = readable(unscheduled.message.as_deref().filter(|said| !said.is_empty())?);
            let is_fargates = scheduler == FARGATE_SCHEDULER;
            let cause = if is_fargates { IssueCause::of_scheduler(&said) } else { IssueCause::NotTaken };
            return Some(Issue {
                cause,
                message: shortened(gist(&said)),
                since: unscheduled.last_transition_time,
                ended: None,
            });
        }
        let unready = unready.filter(|_| self.phase == "Running")?;
        let gate = unready.reason.as_deref() == Some("ReadinessGatesNotReady");
        let cause = if gate { IssueCause::ReadinessGate } else { IssueCause::NotReady };
        let message = unready.message.as_deref().filter(|said| !said.is_empty())?;
        Some(Issue { cause, message: shortened(message), since, ended: None })
    }
}

impl ContainerStatus {
    /// Between two tries a container waits, runs for a moment or has just ended. How the last try ended says most.
    fn issue(&self, since: Option<Timestamp>) -> Option<Issue> {
        let ends = [&self.state.terminated, &self.last_state.terminated];
        let end = ends.into_iter().flatten().find(|end| end.exit_code != 0).filter(|_| self.restart_count >= RESTARTS);
        let waiting = self.state.waiting.as_ref();
        let waits_for = waiting.and_then(|it| Some((IssueCause::of_waiting(it.reason.as_deref()?)?, it)));
        match (waits_for, end) {
            (Some((IssueCause::CrashLoop | IssueCause::StartError, _)) | None, Some(end)) => {
                // A container without a probe is Ready whenever it runs, so Ready does not tell since when.
                Some(Issue { since: None, ended: end.finished_at, ..end.issue() })
            }
            (Some((cause, waiting)), _) => {
                Some(Issue { cause, message: shortened(&waiting.text()), since, ended: None })
            }
            (None, None) => None,
        }
    }
}

impl Waiting {
    fn text(&self) -> String {
        said(self.reason.as_deref().unwrap_or_default(), self.message.as_deref())
    }
}

impl Terminated {
    fn issue(&self) -> Issue {
        let reason = self.reason.as_deref().unwrap_or("Error");
        let code = format!("exit code {}", self.exit_code);
        let message = self.message.as_deref().filter(|message| !message.is_empty());
        let cause = IssueCause::of_end(reason, message.unwrap_or_default());
        Issue { cause, message: shortened(&said(reason, Some(message.unwrap_or(&code)))), since: None, ended: None }
    }
}

fn said(reason: &str, message: Option<&str>) -> String {
    let message = message.filter(|message| !message.is_empty());
    message.map_or_else(|| reason.to_owned(), |message| format!("{reason}: {message}"))
}

/// On one line, and without what does something to a terminal instead of being read.
fn readable(text: &str) -> String {
    let is_readable = |c: &char| c.is_whitespace() || !c.is_control() && !is_format(*c);
    let readable: String = text.chars().filter(is_readable).collect();
    readable.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same, no longer than people read.
pub(super) fn shortened(text: &str) -> String {
    let line = readable(text);
    if line.chars().count() <= ISSUE_LENGTH {
        return line;
    }
    line.chars().take(ISSUE_LENGTH - 1).chain(['…']).collect()
}

/// Unicode's characters without a width, and those that turn the direction of a text.
fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn issue(scheduler: &str, status: Value) -> Option<(IssueCause, String)> {
        let status: Status = serde_json::from_value(status).unwrap();
        status.issue(scheduler).map(|issue| (issue.cause, issue.message))
    }

    #[test]
    fn an_issue_is_why_a_container_does_not_run_else_why_there_is_no_node() {
        let waiting = |reason: &str, message: Value| json!([{ "state": { "waiting": { "reason": reason, "message": message } } }]);
        let unscheduled =
            json!([{ "type": "PodScheduled", "status": "False", "message": "Pod not supported on\n Fargate" }]);
        let scheduled = json!([{ "type": "PodScheduled", "status": "True", "message": "nothing" }]);
        let pulling = waiting("ImagePullBackOff", json!("Back-off pulling image"));
        for (status, expected) in [
            (json!({ "conditions": unscheduled }), Some((IssueCause::PodNotSupported, "Pod not supported on Fargate"))),
            (json!({ "conditions": scheduled }), None),
            (
                json!({ "containerStatuses": pulling, "conditions": unscheduled }),
                Some((IssueCause::ImagePull, "ImagePullBackOff: Back-off pulling image")),
            ),
            (
                json!({ "containerStatuses": waiting("CrashLoopBackOff", Value::Null) }),
                Some((IssueCause::CrashLoop, "CrashLoopBackOff")),
            ),
            (json!({ "containerStatuses": waiting("ContainerCreating", Value::Null) }), None),
            (
                json!({
                    "initContainerStatuses": waiting("ErrImagePull", json!("")),
                    "containerStatuses": waiting("PodInitializing", Value::Null),
                }),
                Some((IssueCause::ImagePull, "ErrImagePull")),
            ),
        ] {
            let expected = expected.map(|(cause, text)| (cause, text.to_owned()));
            assert_eq!(issue("fargate-scheduler", status.clone()), expected, "{status}");
        }
    }

    #[test]
    fn whatever_a_container_that_ends_again_and_again_does_at_the_moment_its_last_end_is_told() {
        let end = |reason: &str, code: i32, message: &str| {
            let at = "2026-11-21T10:00:00Z";
            json!({ "terminated": { "reason": reason, "exitCode": code, "message": message, "finishedAt": at } })
        };
        let quota = "failed to create containerd task: … cpu.cfs_quota_us: invalid argument";
        let back_off = json!({ "waiting": { "reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container" } });
        let running = json!({ "running": {} });
        for (end, cause, text) in [
            (end("StartError", 128, quota), IssueCause::CpuLimit, format!("StartError: {quota}")),
            (end("StartError", 128, "no serve"), IssueCause::StartError, "StartError: no serve".to_owned()),
            (end("OOMKilled", 137, ""), IssueCause::OutOfMemory, "OOMKilled: exit code 137".to_owned()),
            (end("Error", 1, ""), IssueCause::CrashLoop, "Error: exit code 1".to_owned()),
        ] {
            for container in [
                json!({ "restartCount": 3, "state": back_off, "lastState": end }),
                json!({ "restartCount": 3, "state": running, "lastState": end, "ready": true }),
                json!({ "restartCount": 3, "state": end }),
            ] {
                let status = json!({ "phase": "Running", "containerStatuses": [container] });
                let status: Status = serde_json::from_value(status).unwrap();
                let issue = status.issue("fargate-scheduler").unwrap();
                assert_eq!((issue.cause, &issue.message), (cause, &text), "{container}");
                assert_eq!((issue.since, issue.ended), (None, "2026-11-21T10:00:00Z".parse().ok()), "{container}");
            }
            let once = json!({ "restartCount": 2, "state": running, "lastState": end });
            assert_eq!(issue("fargate-scheduler", json!({ "containerStatuses": [once] })), None);
        }
        let well = json!({ "restartCount": 9, "state": end("Completed", 0, ""), "lastState": {} });
        assert_eq!(issue("fargate-scheduler", json!({ "initContainerStatuses": [well] })), None);
    }

    #[test]
    fn a_container_that_ended_long_ago_and_is_unready_now_is_unready() {
        let end = json!({ "terminated": { "reason": "OOMKilled", "exitCode": 137 } });
        let container = json!({ "restartCount": 1, "state": { "running": {} }, "lastState": end });
        let condition = json!({
            "type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "containers with unready status: [main]",
        });
        let status = json!({ "phase": "Running", "conditions": [condition], "containerStatuses": [container] });
        let (cause, _) = issue("fargate-scheduler", status).unwrap();
        assert_eq!(cause, IssueCause::NotReady);
    }

    #[test]
    fn a_pod_that_runs_and_is_not_ready_says_which_gate_or_container_is_not() {
        let unready = |phase: &str, reason: &str, message: &str| {
            let condition = json!({ "type": "Ready", "status": "False", "reason": reason, "message": message });
            issue("fargate-scheduler", json!({ "phase": phase, "conditions": [condition] }))
        };
        let gate = r#"corresponding condition of pod readiness gate "target-health.elbv2.k8s.aws/web" does not exist."#;
        let container = "containers with unready status: [main]";
        assert_eq!(
            unready("Running", "ReadinessGatesNotReady", gate),
            Some((IssueCause::ReadinessGate, gate.to_owned()))
        );
        assert_eq!(
            unready("Running", "ContainersNotReady", container),
            Some((IssueCause::NotReady, container.to_owned()))
        );
        assert_eq!(unready("Pending", "ContainersNotReady", container), None, "it is being started");
    }

    #[test]
    fn what_another_scheduler_says_shows_that_fargate_has_not_taken_the_pod() {
        let said = "0/3 nodes are available: 3 node(s) had untolerated taint {eks.amazonaws.com/compute-type: fargate}";
        let conditions = json!([{ "type": "PodScheduled", "status": "False", "message": said }]);
        let found = issue("default-scheduler", json!({ "conditions": conditions }));
        assert_eq!(found, Some((IssueCause::NotTaken, said.to_owned())));
    }

    #[test]
    fn a_long_text_is_shortened() {
        let long = "é".repeat(ISSUE_LENGTH + 1);
        let short = shortened(&long);
        assert_eq!(short.chars().count(), ISSUE_LENGTH);
        assert!(short.ends_with('…'));
        let fitting = "é".repeat(ISSUE_LENGTH);
        assert_eq!(shortened(&fitting), fitting);
    }

    #[test]
    fn a_text_holds_nothing_but_what_can_be_read() {
        let text = "pull\u{1b}[2J\u{7} of\r\n\u{202e}\u{200b}gepj\u{feff}\tnö\u{85}\u{0}";
        assert_eq!(shortened(text), "pull[2J of gepj nö");
    }
}
