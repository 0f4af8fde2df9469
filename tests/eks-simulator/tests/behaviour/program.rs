//! The program, and stopping.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    time::Duration,
};

use crate::caller::{Caller, seconds, standing};

fn keep_alive(url: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(seconds(5))).unwrap();
    stream.write_all(b"GET /clusters HTTP/1.1\r\nHost: eks\r\n\r\n").unwrap();
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
    stream
}

#[tokio::test]
async fn the_program_prints_its_url_first_and_ends_on_sigterm_though_a_connection_is_open() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_eks-simulator"))
        .args(["--cluster", "a", "--cluster", "b", "--time-scale", "60", "--region", "us-east-1"])
        .args(["--creating", "12.5", "--account", "444455556666"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let caller = Caller::of(url.trim().to_owned());
    let cluster = caller.get("/clusters/b").await.ok();
    assert_eq!(cluster["cluster"]["arn"], "arn:aws:eks:us-east-1:444455556666:cluster/b");
    let shown = caller.get("/_simulator/clusters/a").await.ok();
    assert_eq!(shown["settings"]["durations"]["creating"], 12.5);
    let mut open = keep_alive(url.trim());
    let ended = tokio::task::spawn_blocking(move || {
        let told = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(told.success());
        child.wait().unwrap()
    });
    let status = tokio::time::timeout(seconds(5), ended).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(open.read(&mut [0; 16]).unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn stopping_or_dropping_closes_port_and_idle_connections() {
    for stop in [true, false] {
        let (eks, _caller) = standing().await;
        let url = eks.url();
        let mut open = keep_alive(&url);
        if stop {
            tokio::time::timeout(Duration::from_secs(2), eks.stop()).await.unwrap();
        } else {
            drop(eks);
        }
        assert_eq!(open.read(&mut [0; 16]).unwrap(), 0);
        assert!(TcpStream::connect(url.strip_prefix("http://").unwrap()).is_err());
    }
}
