//! Changes that a person holds back, and DeleteFirst: what keeps its gap from opening, and what happens in it.

use eks_simulator::{
    ClusterSettings, Effect, HealthIssue, Operation, Outcome, PlannedOutcome, ProfileSpec, ProfileStatus,
};
use fargate_operator::api::Reason::{
    AwaitingApproval, CreateFailed, NameTaken, NoFreeSlot, PodsOnSuperseded, PodsWithoutProfile, ReplacementFailed,
    RunsDNS, Suspended,
};
use serde_json::{Value, json};

use super::expected::{
    Expected, held, held_beside, ready_but_busy, ready_but_stalled, shortened_to, stalled, stalled_beside,
};
use super::situation::{Action, Row, creations, eks, fault, row, well_again};

fn selecting(namespace: &str) -> Action {
    Action::Change(json!({ "selectors": [{ "namespace": namespace }] }))
}

fn delete_first() -> Value {
    json!({ "replacement": { "strategy": "DeleteFirst" } })
}

fn approving(name: &str) -> String {
    format!("kubectl annotate --overwrite fp {name} fargate-operator.dev/approve=<plan>")
}

/// The generation that was refused, and why.
fn put_back(name: &str, why: &str) -> Expected {
    stalled_beside(
        name,
        ReplacementFailed,
        format!(
            "rolled back to EKS profile {name}: {}. Change the spec, or annotate fargate-operator.dev/retry",
            shortened_to(why, 160)
        ),
    )
}

pub fn rows() -> Vec<Row> {
    holds().into_iter().chain(slots()).chain(refusals()).chain(open_gaps()).collect()
}

fn holds() -> [Row; 5] {
    let pending = "spec.suspend is set: the pending change begins when it is taken away";
    [
        row("a first profile is suspended", "not-yet", held(Suspended, pending))
            .spec(json!({ "suspend": true }))
            .mended([Action::Change(json!({ "suspend": false }))]),
        row("a change is suspended", "suspended", held_beside("suspended-9999", Suspended, pending))
            .when([Action::Change(json!({ "suspend": true, "selectors": [{ "namespace": "jobs" }] }))])
            .mended([Action::Change(json!({ "suspend": false }))]),
        row(
            "a change waits for approval",
            "manual",
            held_beside(
                "manual-9999",
                AwaitingApproval,
                format!("waiting for approval (selectors: + jobs; selectors: - web; affects no pod). Undo the edit, or approve: {}", approving("manual")),
            ),
        )
        .spec(json!({ "replacement": { "approval": "Manual" } }))
        .when([selecting("jobs")])
        .mended([Action::Approve]),
        row(
            "pods that nobody makes again still run on a superseded profile",
            "kept",
            ready_but_busy(
                "kept-9998",
                PodsOnSuperseded,
                "1 pod left on EKS profile kept-9999: web/kept: no controller would recreate it; delete it when you can spare it",
            ),
        )
        .when([
            Action::Pod("kept", "kept-9999"),
            Action::Change(json!({ "selectors": [{ "namespace": "web" }, { "namespace": "jobs" }] })),
        ])
        .mended([Action::NoPod("kept")]),
        row(
            "no other profile takes pods on a superseded profile",
            "losing",
            ready_but_stalled(
                "losing-9998",
                PodsWithoutProfile,
                format!("1 pod would lose Fargate, such as web/losing. Undo the edit, or widen spec.selectors, or let them end: {}", approving("losing")),
            ),
        )
        .when([Action::Pod("losing", "losing-9999"), selecting("jobs")])
        .mended([Action::NoPod("losing")]),
    ]
}

fn slots() -> [Row; 1] {
    [row(
        "the spec goes back while no slot is free",
        "back",
        stalled_beside(
            "back-9998",
            NoFreeSlot,
            format!(
                "no slot is free to go back to EKS profile back-9999, which takes no new pods any more. Free a slot, or approve that it is deleted once empty: {}",
                approving("back")
            ),
        ),
    )
    .cluster(|cluster| cluster.quotas.profiles = 2)
    .when([Action::Pod("back", "back-9999"), selecting("jobs"), Action::Active("back-9998"), selecting("web")])
    .mended([Action::NoPod("back"), Action::Approve])]
}

fn refusals() -> [Row; 6] {
    let ClusterSettings { private_subnets, public_subnets, .. } = ClusterSettings::default();
    let public = &public_subnets[0];
    let issue = HealthIssue::new("PodExecutionRoleAlreadyInUse", "Pod execution role is used by a node group");
    let once = PlannedOutcome { profile: "*".into(), outcome: Outcome::Fail { issue, after: None }, times: Some(1) };
    let denied = "User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: eks:CreateFargateProfile on resource: arn:aws:eks:eu-central-1:111122223333:cluster/denied-gap because no identity-based policy allows the eks:CreateFargateProfile action";
    [
        row(
            "DeleteFirst: EKS refuses the change when the old profile is gone",
            "refused-gap",
            put_back(
                "refused-gap",
                &format!(
                    "EKS answered InvalidParameterException: Subnet {public} provided in Fargate Profile is not a private subnet; undo the edit, or name private subnets of the cluster's VPC in spec.subnets or --default-subnets"
                ),
            ),
        )
        .spec(delete_first())
        .lost([Action::Change(json!({ "subnets": [public] }))])
        .mended([Action::Change(json!({ "subnets": private_subnets }))]),
        row(
            "DeleteFirst: the new profile fails",
            "failed-gap",
            put_back(
                "failed-gap",
                "EKS profile failed-gap is CREATE_FAILED: PodExecutionRoleAlreadyInUse: Pod execution role is used by a node group; name a pod execution role that no node group of the cluster uses",
            ),
        )
        .spec(delete_first())
        .lost([eks(move |eks, cluster| eks.plan_creation(cluster, once.clone()).unwrap()), selecting("jobs")])
        // The cause lay elsewhere: no change of the spec, but the way round.
        .mended([Action::Change(json!({ "suspend": true })), Action::Change(json!({ "suspend": null }))]),
        row(
            "DeleteFirst: the create is denied when the old profile is gone",
            "denied-gap",
            put_back(
                "denied-gap",
                &format!("EKS answered AccessDeniedException: {denied}; allow eks:CreateFargateProfile to the operator's IAM role (see deploy/iam/permissions.json)"),
            ),
        )
        .spec(delete_first())
        .lost([
            Action::Fault(eks_simulator::Fault::new(Effect::AccessDenied).on([Operation::CreateFargateProfile]).times(1)),
            selecting("jobs"),
        ])
        .mended([selecting("mail")]),
        row(
            "DeleteFirst: somebody else has the exact name",
            "exact",
            stalled(
                NameTaken,
                "EKS profile exact (ACTIVE) has the exact name that this object needs, and is not its own: delete it in EKS, adopt it by spec.adoption: IfUnowned, or set spec.replacement.strategy: CreateFirst",
            ),
        )
        .given([eks(|eks, cluster| {
            let outsider = eks.outsider();
            outsider.place_profile(cluster, ProfileSpec::named("exact"), ProfileStatus::Active).unwrap();
        })])
        .spec(delete_first())
        .mended([Action::Change(json!({ "replacement": { "strategy": "CreateFirst" } }))]),
        row(
            "DeleteFirst would take the profile that the cluster's DNS runs on",
            "resolver",
            stalled_beside(
                "resolver",
                RunsDNS,
                "the cluster's DNS (pod kube-system/resolver-1) runs on EKS profile resolver alone, and the operator needs it: set spec.replacement.strategy: CreateFirst, or let another FargateProfile select CoreDNS",
            ),
        )
        .spec(json!({ "replacement": { "strategy": "DeleteFirst" }, "selectors": [{ "namespace": "kube-system" }] }))
        .when([
            Action::Dns("resolver-1", "resolver"),
            Action::Change(json!({ "podExecutionRoleArn": bed::OTHER_ROLE })),
        ])
        .mended([Action::NoPod("resolver-1")]),
        row(
            "DeleteFirst: the strategy changes while somebody else has the exact name",
            "late-exact",
            stalled_beside(
                "late-exact-9999",
                NameTaken,
                "EKS profile late-exact (ACTIVE) has the exact name that this object needs, and is not its own: delete it in EKS, or set spec.replacement.strategy: CreateFirst",
            ),
        )
        .given([eks(|eks, cluster| {
            let outsider = eks.outsider();
            outsider.place_profile(cluster, ProfileSpec::named("late-exact"), ProfileStatus::Active).unwrap();
        })])
        .when([Action::Change(json!({
            "replacement": { "strategy": "DeleteFirst" },
            "selectors": [{ "namespace": "jobs" }],
        }))])
        .mended([eks(|eks, cluster| eks.outsider().vanish_profile(cluster, "late-exact").unwrap())]),
    ]
}

fn open_gaps() -> [Row; 3] {
    let open = |reason, message: &str| {
        let reason: &fargate_operator::api::Reason = &reason;
        Expected::of(&[
            &format!("Ready=False {}: no EKS profile is ACTIVE: see Stalled", reason.name()),
            "Available=False NotActive: the old EKS profile is deleted and the new one not ACTIVE yet (replacement.strategy: DeleteFirst)",
            &format!("Stalled=True {}: {message}", reason.name()),
        ])
    };
    [
        row(
            "DeleteFirst: somebody takes the slot in the gap",
            "slot-gap",
            open(
                NoFreeSlot,
                r#"EKS answered ResourceLimitExceededException: Cluster slot-gap has reached its limit of 0 Fargate profiles; delete profiles that are not needed, or have AWS raise the quota Fargate profiles per cluster"#,
            ),
        )
        .spec(delete_first())
        .lost([
            eks(|eks, cluster| eks.change_cluster(cluster, |c| c.quotas.profiles = 0).unwrap()),
            selecting("jobs"),
        ])
        .mended([eks(|eks, cluster| eks.change_cluster(cluster, |c| c.quotas.profiles = 1).unwrap())]),
        row(
            "DeleteFirst: neither the new profile nor the old one can be created",
            "hopeless",
            open(
                CreateFailed,
                "EKS profile hopeless is CREATE_FAILED: InternalFailure: Something went wrong; an error inside EKS: if it stays, ask AWS Support",
            ),
        )
        .spec(delete_first())
        .lost([creations(Outcome::fail("InternalFailure", "Something went wrong")), selecting("jobs")])
        .mended([well_again(), selecting("mail")]),
        row(
            "DeleteFirst: the old profile cannot be deleted",
            "stuck-gap",
            stalled_beside(
                "stuck-gap",
                fargate_operator::api::Reason::AccessDenied,
                "EKS answered AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: eks:DeleteFargateProfile on resource: arn:aws:e…; allow eks:DeleteFargateProfile to the operator's IAM role (see deploy/iam/permissions.json)",
            ),
        )
        .spec(delete_first())
        .when([fault(Effect::AccessDenied, [Operation::DeleteFargateProfile]), selecting("jobs")])
        .mended([Action::NoFaults]),
    ]
}
