//! What is seen of a change by those who wait for it: line by line, and on a terminal picture by picture.

use std::time::Duration;

use super::steady::steady;
use super::{difference, readable};
use crate::plugin::{namespace, on_terminal, typing};
use crate::support::objects::status;
use crate::support::{BedExt, profile, quick};

/// Each picture that differs from the one before. What erases the one before parts them.
fn pictures(seen: &str) -> String {
    let without_erasing = |picture: &str| match picture.rsplit_once("␛[") {
        Some((picture, rows)) if rows.ends_with('A') => picture.to_owned(),
        _ => picture.to_owned(),
    };
    let mut pictures: Vec<String> =
        seen.split("␛[J").map(without_erasing).map(|it| it.lines().map(timeless).collect()).collect();
    pictures.dedup();
    pictures.join("--- drawn anew\n")
}

/// A line without how long it has gone on and may go on, which is measured.
fn timeless(line: &str) -> String {
    let is_header = line.starts_with("NAME ");
    let end = if is_header { line.find("FOR") } else { line.find("Creating").map(|at| at + "Creating".len()) };
    format!("{}\n", end.map_or(line, |end| line[..end].trim_end()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_followed_as_its_snapshots_say() {
    let mut slow = quick(60.0);
    // Longer than it takes a busy machine to start four programs.
    slow.cluster = slow.cluster.creating(Duration::from_secs(30 * 60));
    let bed = bed::Bed::start(slow).await.unwrap();
    namespace(&bed, "web");
    bed.create(&profile("web", "web")).await;
    bed.wait("web", "being created", |it| status(it).profile.as_ref().is_some_and(|it| it.status == "CREATING")).await;
    let commands = [("wait-watched", ["wait", "web"]), ("status-watched", ["status", "--watch"])];
    let piped = commands.map(|(_, words)| typing(&bed, &words));
    let on_terminals: Vec<_> = std::thread::scope(|scope| {
        let bed = &bed;
        let running = commands.map(|(_, words)| scope.spawn(move || on_terminal(bed, &words)));
        running.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let mut differ = Vec::new();
    for (((name, words), piped), seen) in commands.into_iter().zip(piped).zip(on_terminals) {
        let piped = piped.await.unwrap();
        let answer = format!(
            "$ kubectl fargate {}\n{}--- standard error\n{}--- exit code {}\n--- on a terminal\n{}",
            words.join(" "),
            steady(&piped.out, "FOLDER"),
            steady(&piped.err, "FOLDER"),
            piped.code,
            pictures(&steady(&readable(&seen.out), "FOLDER")),
        );
        differ.extend(difference(name, &answer));
    }
    assert!(differ.is_empty(), "{}", differ.join("\n\n"));
}
