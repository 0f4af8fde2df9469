//! Ports that stay with whoever has them.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use tokio::net::TcpSocket;

/// A port that nobody else is given while this lives, though nobody may listen there yet, or for a while, or any more.
///
/// It is bound and does not listen. The kernel gives such a port neither to those who ask for any nor to connections that
/// go out, and lets those listen there who set `SO_REUSEADDR`, as listeners in Go and in Rust do.
#[derive(Debug)]
pub struct Port {
    _held: TcpSocket,
    number: u16,
}

impl Port {
    /// One that is free.
    ///
    /// # Errors
    /// If there is none.
    pub fn free() -> anyhow::Result<Self> {
        Self::take().context("finding a free port")
    }

    fn take() -> std::io::Result<Self> {
        let held = TcpSocket::new_v4()?;
        held.set_reuseaddr(true)?;
        held.bind((Ipv4Addr::UNSPECIFIED, 0).into())?;
        let number = held.local_addr()?.port();
        Ok(Self { _held: held, number })
    }

    /// The port.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }

    /// The port on loopback.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};

    use tokio::net::TcpSocket;

    use super::Port;
    use crate::testing::until_blocking;

    #[test]
    fn a_port_can_be_listened_on_again_and_again_and_is_nobody_elses_in_between() {
        let port = Port::free().unwrap();
        for _ in 0..2 {
            // A process that another test starts may have the listener for a moment longer than we.
            until_blocking("nobody listens", || TcpStream::connect(port.address()).is_err());
            // As whoever asks for any port.
            let other = TcpSocket::new_v4().unwrap().bind(port.address());
            assert_eq!(other.unwrap_err().kind(), ErrorKind::AddrInUse);
            let listener = TcpListener::bind(port.address()).unwrap();
            let _near = TcpStream::connect(port.address()).unwrap();
            let _far = listener.accept().unwrap();
        }
    }
}
