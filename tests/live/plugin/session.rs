//! The terminal session in the README, from a run.

use std::process::Command;

use bed::testing::{TestNamespace, deployment};
use bed::{Bed, programs};
use k8s_openapi::api::apps::v1::Deployment;
use serde_json::json;

use crate::support::drains::fargate;
use crate::support::{BedExt, profile};

/// In the repository.
const PICTURE: &str = "docs/kubectl-fargate.svg";
const COLUMNS: &str = "92";

/// What is typed here, and what is said to it, in colour.
fn typed(bed: &Bed, line: &str) -> String {
    let plugin = bed.plugin().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).envs(plugin.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let path = plugin.get_envs().find(|(key, _)| *key == "PATH").unwrap().1.unwrap();
    let folder = programs::plugin().unwrap().parent().unwrap().to_owned();
    let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(path))).unwrap();
    let output = shell.env("PATH", path).env("CLICOLOR_FORCE", "1").env("COLUMNS", COLUMNS).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    format!("\u{1b}[1m$ {line}\u{1b}[0m\n{}\n", String::from_utf8(said).unwrap())
}

/// That the pods of a Deployment are not on Fargate and why, what is done about it, and what a change would do.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes the picture in the README: make plots"]
async fn plot_the_terminal_session_of_the_readme() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let shop = TestNamespace::new(&bed, "shop").await;
    let mut object = profile("shop", "shop");
    object["spec"]["selectors"][0]["labels"] = json!({ "fargate": "yes" });
    bed.create(&object).await;
    bed.settled("shop").await;
    shop.create::<Deployment>(deployment("checkout", 2)).await;

    let mut session = typed(&bed, "kubectl fargate explain -n shop deployment/checkout");
    let plain = anstream::adapter::strip_str(&session).to_string();
    let next = plain.lines().map(str::trim).find(|line| line.starts_with("kubectl") && line.contains("patch"));
    session += &typed(&bed, next.unwrap_or_else(|| panic!("no command in {plain}")));
    shop.complete("checkout").await;
    session += &typed(&bed, "kubectl fargate explain -n shop deployment/checkout");
    object["spec"]["selectors"].as_array_mut().unwrap().push(json!({ "namespace": "jobs" }));
    let file = std::env::temp_dir().join(format!("fargate-session-{}.json", std::process::id()));
    std::fs::write(&file, object.to_string()).unwrap();
    let plan = format!("kubectl fargate plan -f {}", file.display());
    session += &typed(&bed, &plan).replace(&file.display().to_string(), "shop.yaml");
    session += &typed(&bed, "kubectl fargate get");
    std::fs::remove_file(&file).unwrap();

    let svg = anstyle_svg::Term::new().render_svg(session.trim_end());
    std::fs::write(programs::repository().join(PICTURE), svg).unwrap();
}
