//! docs/mending.md: what it tells to type works, with the operator's mending and by hand.

use bed::testing::{install_coredns, managed_role, surroundings};
use bed::{Aws, Bed, Moto, OTHER_ROLE, programs};
use eks_simulator::RoleTrust;
use serde_json::Value;

use super::chart::helm::{Helm, OPERATOR, object};
use super::pages::{ENVSUBST, blocks, finish, run, run_aws};
use super::quickstart;
use crate::mending::coredns::{USUAL, as_addon, runs, with_dns};
use crate::support::BedExt;
use crate::support::drains::fargate;

const PAGE: &str = include_str!("../../../docs/mending.md");

/// The only block of the page that is marked so.
fn block(mark: &str) -> &'static str {
    let [block] = blocks(PAGE, mark).try_into().unwrap();
    block
}

/// The names that a reader has filled in, and then this.
fn with_names(block: &str) -> String {
    blocks(quickstart::PAGE, "sh iam")[0].to_owned() + block
}

/// Has the bed's operator what the chart gives it with the values of the page: settings, and rights to mend.
async fn install(bed: &mut Bed) {
    let values: Value = serde_saphyr::from_str(block("yaml values")).unwrap();
    let rendered = Helm::new("page-of-mending").await.template(OPERATOR, &values).await;
    for rights in rendered.iter().filter(|it| it["metadata"]["name"] == "fargate-operator-mending") {
        bed.kubectl().apply(&rights.to_string()).unwrap();
    }
    let pod = &object(&rendered, "Deployment", "fargate-operator")["spec"]["template"]["spec"];
    assert_eq!(pod["dnsPolicy"], "Default");
    let is_of_page =
        |name: &str| ["DEFAULT_SUBNETS", "MANAGED_", "RESTORE_", "MOVE_"].iter().any(|part| name.contains(part));
    let environment = pod["containers"][0]["env"].as_array().unwrap().iter().filter_map(|variable| {
        let name = variable["name"].as_str().unwrap().to_owned();
        is_of_page(&name).then(|| (name, variable["value"].as_str().unwrap().to_owned()))
    });
    let settings = bed.operator_settings();
    settings.default_role = None;
    settings.environment.extend(environment);
    bed.start_operator().await.unwrap();
}

// The shell blocks its thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_ends_with_coredns_and_a_pod_on_fargate_and_takes_it_all_back() {
    let mut bed = Bed::without_operator(fargate(60.0)).await.unwrap();
    bed.eks().change_role_settings(|roles| roles.only_known = true);
    bed.eks().set_role(OTHER_ROLE, RoleTrust::Missing);
    as_addon(&bed, None);
    install_coredns(&bed).await;
    run_aws(&bed, &with_names(block("sh place")));
    let before = surroundings(&bed).await;
    install(&mut bed).await;

    let [profile, pod, end] = blocks(PAGE, "sh").try_into().unwrap();
    let shown = run(&bed, profile);
    assert!(shown.contains("fargate-ip-") && shown.contains("Mended"), "{shown}");
    assert!(bed.eks().role(&managed_role(&bed)).is_some());
    run(&bed, pod);
    runs(&bed, USUAL, true).await;
    run(&bed, end);
    bed.fargate().unwrap().addon_seen_to().await;
    assert_eq!(surroundings(&bed).await, before);
}

async fn moved_by_hand(addon: bool) {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    if addon {
        as_addon(&bed, None);
    }
    install_coredns(&bed).await;
    bed.create(&with_dns("web")).await;
    bed.settled("web").await;
    if addon {
        run_aws(&bed, &with_names(block("sh addon")));
    } else {
        run(&bed, block("sh deployment"));
    }
    runs(&bed, USUAL, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_hand_the_page_moves_the_addon() {
    moved_by_hand(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_hand_the_page_moves_the_deployment() {
    moved_by_hand(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_gives_the_operator_its_rights_after_the_quickstart() {
    let moto = Moto::start().await.unwrap();
    let aws = Aws::new(moto.url(), "eu-central-1").unwrap();
    quickstart::create_cluster(&aws);
    // One shell: the blocks set variables for those that follow.
    let mut bash = aws.shell("bash");
    bash.current_dir(programs::repository());
    finish(bash, &[ENVSUBST, "\n", &blocks(quickstart::PAGE, "sh iam").concat(), block("sh iam")].concat());
    let policy = aws.run("iam get-role-policy --role-name fargate-operator --policy-name mending").unwrap();
    let text = policy["PolicyDocument"].to_string();
    assert!(text.contains(":role/fargate-pods-eu-central-1-prod") && !text.contains("${"), "{text}");
}
