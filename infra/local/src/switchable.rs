//! An HTTP server inside the stack that can be taken down or frozen like a real one.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::failure::Failure;

/// How long a server that cannot accept a connection waits before it tries again.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A stand-in on a fixed port.
pub struct SwitchableServer {
    address: SocketAddr,
    router: Router,
    is_frozen: watch::Sender<bool>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

impl SwitchableServer {
    /// A server that does not listen yet.
    #[must_use]
    pub fn new(address: SocketAddr, router: Router) -> Self {
        Self { address, router, is_frozen: watch::Sender::new(false), serving: Mutex::new(None) }
    }

    /// Listens and answers; what waited while it was frozen gets its answer now.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn up(&self) -> Result<(), Failure> {
        self.listen().await?;
        self.is_frozen.send_replace(false);
        Ok(())
    }

    /// Closes the port and cuts every connection.
    pub async fn down(&self) {
        if let Some(serving) = self.serving.lock().await.take() {
            serving.abort();
            // Joined, so that the port and the connections are closed when this returns.
            let _ = serving.await;
        }
    }

    /// Goes on accepting connections and answers nothing.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn freeze(&self) -> Result<(), Failure> {
        self.is_frozen.send_replace(true);
        self.listen().await
    }

    async fn listen(&self) -> Result<(), Failure> {
        let mut serving = self.serving.lock().await;
        if serving.is_some() {
            return Ok(());
        }
        let listener = TcpListener::bind(self.address)
            .await
            .map_err(Failure::of(format!("cannot listen on {}", self.address)))?;
        *serving =
            Some(tokio::spawn(serve(listener, self.router.clone(), self.is_frozen.subscribe())));
        Ok(())
    }
}

async fn serve(listener: TcpListener, router: Router, is_frozen: watch::Receiver<bool>) {
    // Dropped with this task, and every connection with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve_connection(stream, router.clone(), is_frozen.clone()));
                } else {
                    // Out of file descriptors, most likely: wait for some to be closed.
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, router: Router, is_frozen: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = tower::service_fn(move |request: Request<Incoming>| {
        let (router, mut is_frozen) = (router.clone(), is_frozen.clone());
        async move {
            thawed(&mut is_frozen).await;
            let response = tower::ServiceExt::oneshot(router, request.map(Body::new)).await;
            thawed(&mut is_frozen).await;
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    // A client that hangs up is no news.
    let _ = connection.await;
}

async fn thawed(is_frozen: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, and this connection with it.
    let _ = is_frozen.wait_for(|frozen| !frozen).await;
}
