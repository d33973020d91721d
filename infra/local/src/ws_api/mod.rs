//! The WebSocket API: `$connect` through the Lambda authorizer, routes by `$request.body.action`,
//! `$disconnect`, and the management API on the same port.

mod admission;
mod connection;
mod connections;
mod context;
mod conversation;
mod events;
mod handshake;
mod management;
mod policy;
pub mod refusals;
mod socket;

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use self::connection::Connection;
pub use self::context::ConnectionLimits;
use self::context::Context;
use self::events::Events;
use self::handshake::{Head, Refusal};
use self::refusals::Refusals;
use self::socket::Socket;
use crate::bill::Meter;
use crate::gateway_id::new_id;
use crate::iam::Iam;
use crate::lambda::Lambda;
use crate::log::Log;
use crate::template::WebSocketApiSpec;
use crate::throttle::{Rate, Throttle};

/// The gateway of the WebSocket API.
#[derive(Debug)]
pub struct WsApi {
    context: Arc<Context>,
    iam: Arc<Iam>,
    refusals: Arc<Refusals>,
}

impl WsApi {
    /// The gateway for the template's API.
    #[must_use]
    pub fn new(
        spec: WebSocketApiSpec,
        limits: ConnectionLimits,
        lambda: Arc<Lambda>,
        iam: Arc<Iam>,
        log: Log,
        meter: Meter,
    ) -> Self {
        let a_second = limits.connects_per_second;
        let context = Context {
            routes: spec.routes,
            authorizer: spec.authorizer,
            limits,
            handshakes: Throttle::new(Rate { a_second, burst: a_second }),
            events: Events { stage: spec.stage },
            connections: Arc::default(),
            lambda,
            log,
            meter,
        };
        Self { context: Arc::new(context), iam, refusals: Arc::default() }
    }

    /// The same, refusing posts to connections as it is told to.
    #[must_use]
    pub fn refusing(self, refusals: Arc<Refusals>) -> Self {
        Self { refusals, ..self }
    }

    /// Serves clients at `/{stage}` and the management API at `/{stage}/@connections` for ever.
    pub async fn serve(self, listener: TcpListener) {
        let context = self.context;
        let posts =
            management::Posts { connections: context.connections.clone(), refusals: self.refusals };
        let management = management::router(&context.events.stage, posts, self.iam);
        loop {
            match listener.accept().await {
                Ok((stream, source)) => {
                    // Without it, Nagle's algorithm and delayed acknowledgment cost 40 ms a frame.
                    let _ = stream.set_nodelay(true);
                    let (context, management) = (context.clone(), management.clone());
                    tokio::spawn(serve_stream(context, stream, source, management));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: wait for some to be closed.
                    context.report(&format!("cannot accept: {error}"));
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

async fn serve_stream(
    context: Arc<Context>,
    mut stream: TcpStream,
    source: SocketAddr,
    management: Router,
) {
    let Some(head) = Head::read(&mut stream).await else { return };
    if head.path.contains("/@connections/") {
        serve_management(stream, head, management).await;
    } else {
        serve_client(context, stream, source, head).await;
    }
}

async fn serve_client(
    context: Arc<Context>,
    mut stream: TcpStream,
    source: SocketAddr,
    head: Head,
) {
    let domain = head.header("Host").unwrap_or_default();
    let domain = domain.rsplit_once(':').map_or(domain, |(domain, _port)| domain).to_owned();
    let user_agent = head.header("User-Agent").map(str::to_owned);
    let meter = context.meter.clone();
    let (connection, frames) = Connection::new(new_id(), source.ip(), user_agent, domain, meter);
    let (key, protocol) = match admit(&context, &connection, &head).await {
        Ok(admitted) => admitted,
        Err(refusal) => return handshake::refuse(&mut stream, &refusal, &connection.id).await,
    };
    let connection = Arc::new(connection);
    let _open = context.meter.connection();
    // Known from here on, and not before: posting from inside its own `$connect` is 410, while
    // whoever has seen the client's 101 can post.
    context.connections.insert(&connection);
    // If the client has gone meanwhile, its end is seen below.
    let _ = handshake::accept(&mut stream, &key, protocol.as_deref()).await;
    let socket = Socket::new(stream, head.rest(), frames, connection.clone()).await;
    conversation::serve(context, connection, socket).await;
}

/// Checks everything that a handshake must be; gives the accept key and the subprotocol.
async fn admit(
    context: &Context,
    connection: &Connection,
    head: &Head,
) -> Result<(String, Option<String>), Refusal> {
    if !context.handshakes.admits(Instant::now()) {
        return Err(Refusal::new(429, "Too Many Requests"));
    }
    if head.path.trim_end_matches('/') != format!("/{}", context.events.stage) {
        return Err(Refusal::new(403, "Forbidden"));
    }
    let key = head.accept_key()?;
    let protocol = admission::admit(context, connection, head).await?;
    Ok((key, protocol))
}

/// Serves ordinary HTTP on a connection whose beginning has been read already.
async fn serve_management(stream: TcpStream, head: Head, router: Router) {
    let (reader, writer) = stream.into_split();
    let stream = tokio::io::join(Cursor::new(head.bytes).chain(reader), writer);
    let service = TowerToHyperService::new(router);
    // An error is the client's end of the connection; it knows.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
