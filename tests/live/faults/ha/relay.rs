//! A line to the API server that can be cut.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Carries bytes on, until it is cut. Ends when it is dropped.
pub struct Relay {
    url: String,
    whole: watch::Sender<bool>,
    _tasks: JoinSet<()>,
}

impl Relay {
    /// A line to this URL.
    pub async fn to(url: &str) -> Self {
        let (scheme, target) = url.split_once("://").unwrap();
        let target: SocketAddr = target.parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (whole, state) = watch::channel(true);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut lines = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                lines.spawn(carry(near, target, state.clone()));
                while lines.try_join_next().is_some() {}
            }
        });
        Self { url, whole, _tasks: tasks }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// All connections break, and new ones come to nothing.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn carry(mut near: TcpStream, target: SocketAddr, mut whole: watch::Receiver<bool>) {
    if !*whole.borrow() {
        return;
    }
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}
