//! Metrics, of the operator and of the API server.

use std::net::SocketAddr;

use bed::Bed;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The value of a metric, added up over its labels as far as `which` takes them.
pub fn total(metrics: &str, name: &str, which: impl Fn(&str) -> bool) -> u64 {
    let lines = metrics.lines().filter(|line| line.starts_with(&format!("{name}{{")) && which(line));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() as u64
}

/// The value of a metric of the API server, such as its own count of requests, refused and empty ones included, over these
/// resources and verbs.
pub fn counted(bed: &Bed, metric: &str, resources: &[&str], verbs: impl Fn(&str) -> bool) -> u64 {
    let metrics = bed.kubectl().run("get --raw /metrics").unwrap();
    let value = |line: &str, label: &str| {
        let (_, rest) = line.split_once(&format!("{label}=\""))?;
        rest.split('"').next().map(str::to_owned)
    };
    total(&metrics, metric, |line| {
        value(line, "resource").is_some_and(|resource| resources.contains(&resource.as_str()))
            && value(line, "verb").is_some_and(|verb| verbs(&verb))
    })
}

/// The body of a GET, such as of the operator's metrics.
pub async fn scrape(address: SocketAddr, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned())
}
