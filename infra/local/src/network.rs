//! A way to a server that can forget the connections it carries, as networks do: without a word.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long it waits before it tries again when it cannot accept a connection.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A way to one server on this machine; gone when dropped, with its connections.
pub struct Network {
    port: u16,
    forgets: watch::Sender<()>,
    carrying: JoinHandle<()>,
}

impl Network {
    /// A way to the server that listens on this port of 127.0.0.1, now or later.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn to(server: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let forgets = watch::Sender::new(());
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, server));
        let carrying = tokio::spawn(carry_all(listener, server, forgets.clone()));
        Ok(Self { port, forgets, carrying })
    }

    /// The port of 127.0.0.1 from which it leads to the server.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Forgets the connections there are: what their clients say is taken and never answered, and nobody
    /// closes them. What the server was asked before is done all the same. New connections are carried.
    pub fn forget(&self) {
        self.forgets.send_replace(());
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

async fn carry_all(listener: TcpListener, server: SocketAddr, forgets: watch::Sender<()>) {
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                tokio::spawn(carry(client, server, forgets.subscribe()));
            }
            // Out of file descriptors, most likely: wait for some to be closed.
            Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
        }
    }
}

/// Carries one connection until a side ends it, or it is forgotten and its client gives it up.
async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    mut forgets: watch::Receiver<()>,
) -> io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    tokio::select! {
        ended = copy_bidirectional(&mut client, &mut server) => return ended.map(drop),
        forgotten = forgets.changed() => if forgotten.is_err() { return Ok(()) },
    }
    let mut said = [0; 4096];
    while client.read(&mut said).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::time::timeout;

    use super::*;

    const SILENCE: Duration = Duration::from_millis(200);

    /// A server that says back what it hears.
    async fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut heard, mut said) = client.split();
                    tokio::io::copy(&mut heard, &mut said).await
                });
            }
        });
        port
    }

    async fn is_answered(client: &mut TcpStream) -> bool {
        client.write_all(b"?").await.unwrap();
        timeout(SILENCE, client.read_exact(&mut [0])).await.is_ok_and(|read| read.is_ok())
    }

    #[tokio::test]
    async fn what_it_forgets_stays_open_and_silent_and_new_connections_are_carried() {
        let network = Network::to(echo().await).await.unwrap();
        let way = (Ipv4Addr::LOCALHOST, network.port());
        let mut old = TcpStream::connect(way).await.unwrap();
        assert!(is_answered(&mut old).await);
        network.forget();
        assert!(!is_answered(&mut old).await);
        // Nobody has closed it either.
        assert!(timeout(SILENCE, old.read(&mut [0])).await.is_err());
        let mut new = TcpStream::connect(way).await.unwrap();
        assert!(is_answered(&mut new).await);
    }
}
