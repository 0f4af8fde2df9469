//! The program, and stopping.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use eks_simulator::{Settings, start};
use tokio::net::TcpSocket;

use crate::caller::{Caller, LIMIT};

fn keep_alive(url: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
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
    let status = tokio::time::timeout(LIMIT, ended).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(open.read(&mut [0; 16]).unwrap(), 0);
}

/// An address that stays ours while the socket lives, which does not listen itself: nobody is given the port meanwhile.
fn held() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    // Lets whoever says so too, as tokio's listeners do, listen there.
    socket.set_reuseaddr(true).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn stopping_or_dropping_closes_port_and_idle_connections() {
    for stop in [true, false] {
        let (_held, listen) = held();
        let eks = start(Settings { listen, ..Settings::default() }).await.unwrap();
        let mut open = keep_alive(&eks.url());
        if stop {
            tokio::time::timeout(LIMIT, eks.stop()).await.unwrap();
        } else {
            drop(eks);
        }
        assert_eq!(open.read(&mut [0; 16]).unwrap(), 0);
        // A process that another test starts has every socket of this one, until it begins its own program.
        let began = Instant::now();
        while TcpStream::connect(listen).is_ok() {
            assert!(began.elapsed() < LIMIT, "somebody still listens on {listen}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
