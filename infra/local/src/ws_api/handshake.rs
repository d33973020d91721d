//! The client's first request, read by hand: header names keep their case, and the connection can be
//! made known to others before the client sees the answer.

use std::io;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::events::Headers;

const HEAD_LIMIT: usize = 16 * 1024;
const HEADERS_LIMIT: usize = 100;
const HEAD_TIME_LIMIT: Duration = Duration::from_secs(10);

/// A request's line and headers.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: Headers,
    /// Everything read, the head itself included.
    pub(super) bytes: Vec<u8>,
    /// How much of `bytes` is the head.
    pub(super) length: usize,
}

/// A refusal: the status and what the gateway says with it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Refusal {
    pub(super) fn new(status: u16, message: &str) -> Self {
        Self { status, body: json!({"message": message}).to_string() }
    }
}

impl Head {
    /// Reads the head of the first request; `None` when it is none, takes too long or is too large.
    pub(super) async fn read(stream: &mut TcpStream) -> Option<Self> {
        tokio::time::timeout(HEAD_TIME_LIMIT, Self::read_all(stream)).await.ok().flatten()
    }

    async fn read_all(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::with_capacity(2048);
        loop {
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
            let mut headers = [httparse::EMPTY_HEADER; HEADERS_LIMIT];
            let mut request = httparse::Request::new(&mut headers);
            if let httparse::Status::Complete(length) = request.parse(&bytes).ok()? {
                let (path, query) =
                    request.path.map(|target| target.split_once('?').unwrap_or((target, "")))?;
                let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
                return Some(Self {
                    method: request.method?.to_owned(),
                    path: path.to_owned(),
                    query: query.to_owned(),
                    headers: request
                        .headers
                        .iter()
                        .map(|header| (header.name.to_owned(), text(header.value)))
                        .collect(),
                    length,
                    bytes,
                });
            }
            if bytes.len() > HEAD_LIMIT {
                return None;
            }
        }
    }

    /// The first value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// What the client sent after the head.
    pub(super) fn rest(&self) -> Vec<u8> {
        self.bytes[self.length..].to_vec()
    }

    /// The value for `Sec-WebSocket-Accept`, if this is a WebSocket handshake (RFC 6455, section 4.2.1).
    pub(super) fn accept_key(&self) -> Result<String, Refusal> {
        let lists = |name: &str, expected: &str| {
            let values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
            values
                .flat_map(|(_, value)| value.split(','))
                .any(|value| value.trim().eq_ignore_ascii_case(expected))
        };
        if self.method != "GET" || !lists("Upgrade", "websocket") || !lists("Connection", "upgrade")
        {
            return Err(Refusal::new(426, "Upgrade Required"));
        }
        match (self.header("Sec-WebSocket-Version"), self.header("Sec-WebSocket-Key")) {
            (Some("13"), Some(key)) if !key.is_empty() => Ok(derive_accept_key(key.as_bytes())),
            _ => Err(Refusal::new(400, "Bad Request")),
        }
    }
}

/// Completes the handshake.
pub(super) async fn accept(
    stream: &mut TcpStream,
    key: &str,
    protocol: Option<&str>,
) -> io::Result<()> {
    let protocol =
        protocol.map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n")).unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {key}\r\n{protocol}\r\n"
    );
    stream.write_all(answer.as_bytes()).await
}

/// Refuses the upgrade and closes the connection.
pub(super) async fn refuse(stream: &mut TcpStream, refusal: &Refusal, request_id: &str) {
    let kind = match refusal.status {
        401 => "x-amzn-ErrorType: UnauthorizedException\r\n",
        403 => "x-amzn-ErrorType: ForbiddenException\r\n",
        429 => "x-amzn-ErrorType: LimitExceededException\r\n",
        _ => "",
    };
    let status = hyper::StatusCode::from_u16(refusal.status)
        .unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\
         x-amzn-RequestId: {request_id}\r\n{kind}\r\n{}",
        refusal.body.len(),
        refusal.body
    );
    // The client may have gone; there is nobody else to tell.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
