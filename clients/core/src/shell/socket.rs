//! The WebSocket.

use crate::core::SocketEvent;
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::{ClientConfig, pki_types::ServerName};
use std::sync::Arc;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::mpsc::UnboundedReceiver,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest as _,
        http::{HeaderValue, Request, header::AUTHORIZATION},
    },
};

/// What carries it, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens it, says what comes from `say`, and tells `tell` what happens, until it ends.
pub(super) async fn run(
    url: String,
    token: String,
    tls: Arc<ClientConfig>,
    say: UnboundedReceiver<String>,
    tell: impl Fn(SocketEvent),
) {
    let Some(request) = request(&url, &token) else { return tell(SocketEvent::Refused(None)) };
    let Some(stream) = connect(&request, tls).await else {
        return tell(SocketEvent::Refused(None));
    };
    talk(request, stream, say, tell).await;
}

/// The way to the host that a request names.
async fn connect(request: &Request<()>, tls: Arc<ClientConfig>) -> Option<Box<dyn Stream>> {
    let uri = request.uri();
    let is_secure = uri.scheme_str() == Some("wss");
    let host = uri.host()?.trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let stream = TcpStream::connect((host, port)).await.ok()?;
    stream.set_nodelay(true).ok()?;
    if !is_secure {
        return Some(Box::new(stream));
    }
    let name = ServerName::try_from(host.to_owned()).ok()?;
    let stream = TlsConnector::from(tls).connect(name, stream).await.ok()?;
    Some(Box::new(stream))
}

async fn talk(
    request: Request<()>,
    stream: Box<dyn Stream>,
    mut say: UnboundedReceiver<String>,
    tell: impl Fn(SocketEvent),
) {
    let stream = match client_async(request, stream).await {
        Ok((stream, _)) => stream,
        Err(Error::Http(answer)) => {
            return tell(SocketEvent::Refused(Some(answer.status().as_u16())));
        }
        Err(_) => return tell(SocketEvent::Refused(None)),
    };
    tell(SocketEvent::Opened);
    let (mut sink, mut frames) = stream.split();
    loop {
        tokio::select! {
            said = say.recv() => {
                let Some(text) = said else { break };
                if sink.send(Message::text(text)).await.is_err() {
                    break;
                }
            }
            frame = frames.next() => match frame {
                Some(Ok(Message::Text(text))) => tell(SocketEvent::Heard(text.to_string())),
                // Pings are answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => break,
            },
        }
    }
    tell(SocketEvent::Closed);
}

fn request(url: &str, token: &str) -> Option<Request<()>> {
    let mut request = url.into_client_request().ok()?;
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Some(request)
}
