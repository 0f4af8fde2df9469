//! Whose a profile is and whose a name: two objects, other tools, tags that somebody takes away.

use eks_simulator::{Control, ProfileSpec, ProfileStatus};
use fargate_operator::api::Reason::{NameTaken, NamesUsedUp, OwnershipLost, TooManyProfiles};
use fargate_operator::api::{TAG_INSTALLATION, TAG_OWNER};
use serde_json::{Value, json};

use super::expected::{Expected, served, stalled, stalled_beside};
use super::situation::{Action, Row, eks, row, well_again};

fn place(spec: ProfileSpec) -> Action {
    eks(move |eks, cluster| {
        eks.outsider().place_profile(cluster, spec.clone(), ProfileStatus::Active).unwrap();
    })
}

/// An outsider does something to the profile of this name.
fn does(name: &'static str, action: impl Fn(&Control, &str, &str) + 'static) -> Action {
    eks(move |eks, cluster| action(eks, cluster, name))
}

fn strip(name: &'static str, keys: &'static [&'static str]) -> Action {
    does(name, |eks, cluster, name| eks.outsider().strip_tags(cluster, name, keys).unwrap())
}

fn vanish(name: &'static str) -> Action {
    does(name, |eks, cluster, name| eks.outsider().vanish_profile(cluster, name).unwrap())
}

fn lost(name: &str) -> Expected {
    stalled_beside(
        &format!("{name}-9999"),
        OwnershipLost,
        format!(
            "EKS profile {name}-9999 lost the operator's tags: restore fargate-operator.dev/owner={name} and fargate-operator.dev/installation=<uid> (aws eks tag-resource), or delete it in EKS"
        ),
    )
}

fn managed(name: &str, by: &str) -> Expected {
    stalled(
        NameTaken,
        format!(
            "EKS profile {name} is managed by {by} and is not adopted: remove it there, or set spec.adoption: Never to have another one created"
        ),
    )
}

fn adopting() -> Value {
    json!({ "adoption": "IfUnowned" })
}

fn not_adopting() -> [Action; 1] {
    [Action::Change(json!({ "adoption": "Never" }))]
}

pub fn rows() -> Vec<Row> {
    names().into_iter().chain(managers()).chain(losses()).collect()
}

fn names() -> [Row; 5] {
    [
        row(
            "two objects want one name",
            "younger",
            stalled(
                NameTaken,
                "FargateProfile elder already uses the EKS profile name shared: delete this object, and create it again with another spec.profileName",
            ),
        )
        .given([Action::Another("elder", json!({ "profileName": "shared" }))])
        .spec(json!({ "profileName": "shared" }))
        .mended([Action::Delete("elder")]),
        row(
            "an object's own name is another one's profile name",
            "borrowed",
            stalled(
                NameTaken,
                "FargateProfile borrower already uses the EKS profile name borrowed: delete this object, and create it again with another spec.profileName",
            ),
        )
        .given([Action::Another("borrower", json!({ "profileName": "borrowed" }))])
        .mended([Action::Delete("borrower")]),
        row("somebody else has the name that comes first", "plain", served("plain-9998"))
            .given([place(ProfileSpec::named("plain-9999")), place(ProfileSpec::named("plain"))]),
        row(
            "no name is left that sorts before an adopted one",
            "zero",
            stalled_beside(
                "0",
                NamesUsedUp,
                "no name 0-NNNN of at most 63 characters is left that sorts before 0: move to a new FargateProfile with another spec.profileName",
            ),
        )
        .given([place(ProfileSpec::named("0").selecting("web", &[]))])
        .spec(json!({ "profileName": "0", "adoption": "IfUnowned" }))
        .when([Action::Change(json!({ "selectors": [{ "namespace": "jobs" }] }))])
        .mended([Action::Change(json!({ "selectors": [{ "namespace": "web" }] }))]),
        row(
            "profiles with the object's tags crowd it out",
            "crowd",
            stalled_beside(
                "Zrowd-1",
                TooManyProfiles,
                "it cannot be told which of crowd-9999, Zrowd-2, Zrowd-1 takes new pods, since sort orders differ: delete in EKS those that are not needed",
            ),
        )
        .when([does("crowd-9999", |eks, cluster, name| {
            let ours = eks.profile(cluster, name).unwrap().tags;
            for copy in ["Zrowd-1", "Zrowd-2"] {
                let spec = ProfileSpec { tags: ours.clone(), ..ProfileSpec::named(copy).selecting("web", &[]) };
                eks.outsider().place_profile(cluster, spec, ProfileStatus::Active).unwrap();
            }
        })])
        .mended([vanish("Zrowd-1"), vanish("Zrowd-2")]),
    ]
}

fn managers() -> [Row; 4] {
    [
        row("CloudFormation manages the profile to be taken over", "stack", managed("stack", "CloudFormation (aws:cloudformation:stack-name=network)"))
            .given([place(ProfileSpec::named("stack").tagged("aws:cloudformation:stack-name", "network"))])
            .spec(adopting())
            .mended(not_adopting()),
        row("ACK manages the profile to be taken over", "acked", managed("acked", "ACK (services.k8s.aws/namespace=infra)"))
            .given([place(ProfileSpec::named("acked").tagged("services.k8s.aws/namespace", "infra"))])
            .spec(adopting())
            .mended(not_adopting()),
        row(
            "another installation manages the profile to be taken over",
            "theirs",
            managed(
                "theirs",
                "another object or installation of this operator (fargate-operator.dev/installation=00000000-0000-0000-0000-000000000000 and 1 more)",
            ),
        )
        .given([place(
            ProfileSpec::named("theirs")
                .tagged(TAG_INSTALLATION, "00000000-0000-0000-0000-000000000000")
                .tagged(TAG_OWNER, "web"),
        )])
        .spec(adopting())
        .mended(not_adopting()),
        row(
            "another object manages the profile to be taken over",
            "greedy",
            managed(
                "modest-9999",
                "another object or installation of this operator (fargate-operator.dev/installation=<uid> and 3 more)",
            ),
        )
        .given([Action::Another("modest", json!({}))])
        .spec(json!({ "profileName": "modest-9999", "adoption": "IfUnowned" }))
        .mended(not_adopting()),
    ]
}

fn losses() -> [Row; 5] {
    [
        row("a policy strips all tags", "stripped", lost("stripped"))
            .lost([strip("stripped-9999", &[])])
            .mended([vanish("stripped-9999")]),
        row("somebody takes the owner's tag away", "disowned", lost("disowned"))
            .lost([strip("disowned-9999", &[TAG_OWNER])])
            .mended([does("disowned-9999", |eks, cluster, name| {
                eks.outsider().set_tags(cluster, name, &[(TAG_OWNER, "disowned")]).unwrap();
            })]),
        row("another installation puts its tag on the profile", "claimed", lost("claimed"))
            .lost([does("claimed-9999", |eks, cluster, name| {
                eks.outsider().set_tags(cluster, name, &[(TAG_INSTALLATION, "somebody")]).unwrap();
            })])
            .mended([vanish("claimed-9999")]),
        row(
            "a profile vanishes",
            "vanished",
            Expected::of(&[
                "Ready=False AwaitingConfirmation: EKS does not show an EKS profile that is on record",
                "Available=True Active: EKS profile vanished-9999 is ACTIVE",
                "Reconciling=True AwaitingConfirmation: EKS does not show profile vanished-9999 any more; the operator looks again before it acts",
            ]),
        )
        .lost([vanish("vanished-9999")])
        .mended([well_again()]),
        row("somebody recreates a profile as theirs", "recreated", served("recreated-9998")).lost([does(
            "recreated-9999",
            |eks, cluster, name| {
                let theirs = ProfileSpec::named(name).tagged("made-by", "terraform");
                eks.outsider().replace_profile(cluster, theirs).unwrap();
            },
        )]),
    ]
}
