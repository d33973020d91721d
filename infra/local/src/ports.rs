//! The stack's ten ports.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::UnixListener;
use std::sync::{Mutex, PoisonError};

use rand::Rng;

use crate::failure::Failure;
use crate::settings::PORTS;

/// The HTTP API and the console.
pub const HTTP_API: u16 = 0;
/// The WebSocket API and its management API.
pub const WS_API: u16 = 1;
/// The Lambda Invoke API and the controls.
pub const LAMBDA_API: u16 = 2;
/// S3.
pub const S3: u16 = 3;
/// The identity provider.
pub const IDENTITY: u16 = 4;
/// The push provider's stand-in.
pub const ONESIGNAL: u16 = 5;
/// Secrets Manager.
pub const SECRETS_MANAGER: u16 = 6;

/// The ten ports from one on, held until they are taken or this is dropped.
pub struct Ports {
    first: u16,
    held: Vec<Option<TcpListener>>,
}

impl Ports {
    /// Takes hold of all ten.
    ///
    /// # Errors
    /// When one is in use or not ours to take, with one line that names it.
    pub fn hold(first: u16) -> Result<Self, Failure> {
        let held = (first..first + PORTS)
            .map(|port| {
                TcpListener::bind(local(port)).map(Some).map_err(|error| refusal(port, &error))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { first, held })
    }

    /// Lets go of one port and gives its address, for a part that listens by itself.
    pub fn release(&mut self, offset: u16) -> SocketAddr {
        drop(self.held[usize::from(offset)].take());
        local(self.first + offset)
    }

    /// Listens on one port.
    ///
    /// # Errors
    /// When the runtime does not take the socket.
    pub fn listen(&mut self, offset: u16) -> Result<tokio::net::TcpListener, Failure> {
        let problem = format!("cannot listen on {}", local(self.first + offset));
        let listener =
            self.held[usize::from(offset)].take().ok_or_else(|| Failure::new(problem.clone()))?;
        listener
            .set_nonblocking(true)
            .and_then(|()| tokio::net::TcpListener::from_std(listener))
            .map_err(Failure::of(problem))
    }
}

/// The first of ten free ports, at random, which no other process is given that asks here as long as this
/// one lives: stacks and tests that start at the same time keep apart. Below 32768, where the kernel begins
/// to take ports for outgoing connections.
///
/// # Errors
/// When a hundred attempts find none.
pub fn free_block() -> Result<u16, Failure> {
    (0..100)
        .map(|_| rand::rng().random_range(2_000..3_200) * PORTS)
        .find(|first| reserve(*first) && Ports::hold(*first).is_ok())
        .ok_or_else(|| Failure::new("no ten free ports between 20000 and 32000: set PORT"))
}

/// The same for a single port, between 12000 and 20000: a server that is down finds its own free again.
///
/// # Errors
/// When a hundred attempts find none.
pub fn free_port() -> Result<u16, Failure> {
    (0..100)
        .map(|_| rand::rng().random_range(12_000..20_000))
        .find(|port| reserve(*port) && TcpListener::bind(local(*port)).is_ok())
        .ok_or_else(|| Failure::new("no free port between 12000 and 20000"))
}

/// Makes a port this process's as far as those go who ask here, and says whether it was nobody's.
///
/// The reservation is a socket with an abstract name (see unix(7)): taken at once or not at all, and
/// gone with the process, however it ends.
fn reserve(port: u16) -> bool {
    static RESERVED: Mutex<Vec<UnixListener>> = Mutex::new(Vec::new());
    let name =
        std::os::unix::net::SocketAddr::from_abstract_name(format!("chat-local port {port}"));
    let Ok(reservation) = name.and_then(|name| UnixListener::bind_addr(&name)) else {
        return false;
    };
    RESERVED.lock().unwrap_or_else(PoisonError::into_inner).push(reservation);
    true
}

fn refusal(port: u16, error: &io::Error) -> Failure {
    let choice = format!("start with another PORT (it takes {PORTS} ports)");
    Failure::new(match error.kind() {
        io::ErrorKind::AddrInUse => format!("port {port} is in use: free it, or {choice}"),
        _ => format!("cannot listen on port {port}: {error}; {choice}"),
    })
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]
mod tests {
    use std::io;

    use super::{free_port, refusal, reserve};

    #[test]
    fn a_port_that_was_given_is_given_to_nobody_else() {
        let port = free_port().unwrap();
        assert!(!reserve(port));
    }

    #[test]
    fn a_port_that_is_not_ours_to_take_is_not_called_in_use() {
        let line = refusal(80, &io::ErrorKind::PermissionDenied.into()).to_string();
        assert!(line.starts_with("cannot listen on port 80: permission denied; "), "{line}");
        let line = refusal(3000, &io::ErrorKind::AddrInUse.into()).to_string();
        assert!(line.starts_with("port 3000 is in use: "), "{line}");
    }
}
