//! An HTTP server inside the stack that can be taken down or frozen like a real one, and whose
//! connections can be forgotten as a network does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::failure::Failure;

/// How long a server that cannot accept a connection waits before it tries again.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A stand-in on a fixed port.
pub struct SwitchableServer {
    address: SocketAddr,
    router: Router,
    tls: Option<TlsAcceptor>,
    is_frozen: watch::Sender<bool>,
    forgets: watch::Sender<()>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

impl SwitchableServer {
    /// A server that does not listen yet.
    #[must_use]
    pub fn new(address: SocketAddr, router: Router) -> Self {
        let (is_frozen, forgets) = (watch::Sender::new(false), watch::Sender::new(()));
        Self { address, router, tls: None, is_frozen, forgets, serving: Mutex::new(None) }
    }

    /// The same over TLS, and not otherwise.
    #[must_use]
    pub fn over_tls(self, config: Arc<ServerConfig>) -> Self {
        Self { tls: Some(config.into()), ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
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

    /// Forgets the connections there are: they stay open and are never answered again, also what was asked
    /// and done before. New ones are served.
    pub fn forget(&self) {
        self.forgets.send_replace(());
    }

    async fn listen(&self) -> Result<(), Failure> {
        let mut serving = self.serving.lock().await;
        if serving.is_some() {
            return Ok(());
        }
        let listener = TcpListener::bind(self.address)
            .await
            .map_err(Failure::of(format!("cannot listen on {}", self.address)))?;
        let server = Server {
            router: self.router.clone(),
            tls: self.tls.clone(),
            is_frozen: self.is_frozen.subscribe(),
            forgets: self.forgets.clone(),
        };
        *serving = Some(tokio::spawn(serve(listener, server)));
        Ok(())
    }
}

/// What each connection gets, and what may befall it.
#[derive(Clone)]
struct Server {
    router: Router,
    tls: Option<TlsAcceptor>,
    is_frozen: watch::Receiver<bool>,
    forgets: watch::Sender<()>,
}

async fn serve(listener: TcpListener, server: Server) {
    // Dropped with this task, and every connection with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve_connection(stream, server.clone()));
                } else {
                    // Out of file descriptors, most likely: wait for some to be closed.
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, server: Server) {
    let _ = stream.set_nodelay(true);
    match &server.tls {
        None => serve_http(stream, server).await,
        Some(tls) => {
            // Whoever does not speak TLS, or does not like our certificate, is no news.
            if let Ok(stream) = tls.accept(stream).await {
                serve_http(stream, server).await;
            }
        }
    }
}

async fn serve_http(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, server: Server) {
    let Server { router, is_frozen, forgets, .. } = server;
    let forgotten = forgets.subscribe();
    let service = tower::service_fn(move |request: Request<Incoming>| {
        let (router, mut is_frozen) = (router.clone(), is_frozen.clone());
        let forgotten = forgotten.clone();
        async move {
            remembered(&forgotten).await;
            thawed(&mut is_frozen).await;
            let waits_to_send = request.headers().contains_key(header::EXPECT);
            let response = tower::ServiceExt::oneshot(router, request.map(Body::new)).await;
            let response = response.map(|response| ended(response, waits_to_send));
            thawed(&mut is_frozen).await;
            remembered(&forgotten).await;
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    // A client that hangs up is no news.
    let _ = connection.await;
}

/// Whoever waits for a word to send its body (`Expect: 100-continue`) and is refused has not sent it: the
/// connection is no good for another request, and is told to end, as S3 does it. Unsaid, a client that asks
/// again at once may find it closed.
fn ended(mut response: Response, waits_to_send: bool) -> Response {
    if waits_to_send && !response.status().is_success() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn thawed(is_frozen: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, and this connection with it.
    let _ = is_frozen.wait_for(|frozen| !frozen).await;
}

/// Never returns on a connection that was forgotten.
async fn remembered(forgotten: &watch::Receiver<()>) {
    if forgotten.has_changed().unwrap_or(false) {
        std::future::pending::<()>().await;
    }
}
