//! Listening in clusters of either IP family.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// So many connections wait to be accepted.
const BACKLOG: i32 = 1024;

/// Listens on an address; on `[::]`, on all addresses of both families, whatever the node's `net.ipv6.bindv6only` says, or
/// of IPv4 alone where the kernel has no IPv6.
///
/// # Errors
/// As the kernel says.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let everywhere = address.ip() == Ipv6Addr::UNSPECIFIED;
    match bind(address, everywhere) {
        Err(error) if everywhere && lacks_ipv6(&error) => bind((Ipv4Addr::UNSPECIFIED, address.port()).into(), false),
        listener => listener,
    }
}

fn bind(address: SocketAddr, both: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if both {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn lacks_ipv6(error: &io::Error) -> bool {
    const ADDRESS_FAMILY_NOT_SUPPORTED: i32 = 97;
    error.raw_os_error() == Some(ADDRESS_FAMILY_NOT_SUPPORTED) || error.kind() == io::ErrorKind::AddrNotAvailable
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn the_unspecified_address_is_reached_by_either_family() {
        let listener = listen("[::]:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        TcpStream::connect((Ipv4Addr::LOCALHOST, address.port())).await.unwrap();
        // A kernel without IPv6 has none to be reached by.
        if address.is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, address.port())).await.unwrap();
        }
    }

    #[tokio::test]
    async fn any_other_address_is_taken_as_it_stands() {
        for wanted in ["127.0.0.1:0", "0.0.0.0:0"] {
            let listener = listen(wanted.parse().unwrap()).unwrap();
            assert_eq!(listener.local_addr().unwrap().ip(), wanted.parse::<SocketAddr>().unwrap().ip());
        }
    }
}
