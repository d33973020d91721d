//! The frames of one client, both ways, within API Gateway's limits.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_util::{Sink, SinkExt, Stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::connection::Connection;

/// How large a message may be, either way.
pub(super) const MESSAGE_LIMIT: usize = 128 * 1024;
/// How large one frame of a client may be.
const FRAME_LIMIT: usize = 32 * 1024;
/// How long a closing connection may take to send what is left, and then to go away.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// Frames written before the socket is flushed.
const BATCH: usize = 16;

/// Something that the connection must act on.
#[derive(Debug)]
pub(super) enum SocketEvent {
    Message(Utf8Bytes),
    Ended(End),
}

/// How a connection ends.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) code: u16,
    pub(super) reason: String,
    /// The client is not there any more, or has begun the closing itself.
    pub(super) by_client: bool,
}

impl End {
    /// The gateway ends it.
    pub(super) fn by_gateway(code: CloseCode, reason: &str) -> Self {
        Self { code: code.into(), reason: reason.to_owned(), by_client: false }
    }

    fn by_client(code: CloseCode, reason: &str) -> Self {
        Self { by_client: true, ..Self::by_gateway(code, reason) }
    }
}

pub(super) struct Socket {
    stream: WebSocketStream<TcpStream>,
    outgoing: mpsc::Receiver<Utf8Bytes>,
    connection: Arc<Connection>,
    unflushed: bool,
    /// When a message last went one way or the other.
    pub(super) last_active: Instant,
}

impl Socket {
    /// `received` is what the client has sent after its handshake already.
    pub(super) async fn new(
        stream: TcpStream,
        received: Vec<u8>,
        outgoing: mpsc::Receiver<Utf8Bytes>,
        connection: Arc<Connection>,
    ) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_LIMIT))
            .max_frame_size(Some(FRAME_LIMIT))
            .write_buffer_size(0);
        let stream =
            WebSocketStream::from_partially_read(stream, received, Role::Server, Some(config))
                .await;
        Self { stream, outgoing, connection, unflushed: false, last_active: Instant::now() }
    }

    /// Sends what is queued until the client says something. While not `reading`, the client's
    /// messages stay with the kernel, which slows the client down. Dropping the future loses nothing.
    pub(super) async fn event(&mut self, reading: bool) -> SocketEvent {
        poll_fn(|context| self.poll_event(context, reading)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>, reading: bool) -> Poll<SocketEvent> {
        if let Poll::Ready(error) = self.poll_write(context) {
            return Poll::Ready(SocketEvent::Ended(end_of(&error)));
        }
        if !reading {
            return Poll::Pending;
        }
        loop {
            let message = ready!(Pin::new(&mut self.stream).poll_next(context));
            if let Some(event) = self.received(message) {
                return Poll::Ready(event);
            }
        }
    }

    /// Ready only with an error.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        let mut stream = Pin::new(&mut self.stream);
        loop {
            if self.unflushed {
                match stream.as_mut().poll_flush(context) {
                    Poll::Ready(Ok(())) => self.unflushed = false,
                    Poll::Ready(Err(error)) => return Poll::Ready(error),
                    Poll::Pending => return Poll::Pending,
                }
            }
            for _ in 0..BATCH {
                // The sender lives as long as `self.connection`.
                let Poll::Ready(Some(text)) = self.outgoing.poll_recv(context) else { break };
                if let Err(error) = stream.as_mut().start_send(Message::Text(text)) {
                    return Poll::Ready(error);
                }
                self.unflushed = true;
            }
            if !self.unflushed {
                return Poll::Pending;
            }
            self.connection.active();
            self.last_active = Instant::now();
        }
    }

    fn received(&mut self, message: Option<Result<Message, Error>>) -> Option<SocketEvent> {
        let end = match message {
            Some(Ok(Message::Text(text))) => {
                self.connection.received(text.len());
                self.last_active = Instant::now();
                return Some(SocketEvent::Message(text));
            }
            // The answer to a ping is queued by now.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return None,
            Some(Ok(Message::Binary(_))) => {
                End::by_gateway(CloseCode::Unsupported, "Unsupported data type")
            }
            Some(Ok(Message::Close(Some(frame)))) => End::by_client(frame.code, &frame.reason),
            Some(Ok(Message::Close(None))) => {
                End::by_client(CloseCode::Status, "Client-side close frame status not set")
            }
            Some(Err(error)) => end_of(&error),
            None => End::by_client(CloseCode::Abnormal, ""),
        };
        Some(SocketEvent::Ended(end))
    }

    /// Sends what is queued and the close frame, and takes leave of the client.
    pub(super) async fn close(mut self, end: &End) {
        let farewell = async {
            if !end.by_client {
                while let Ok(text) = self.outgoing.try_recv() {
                    self.stream.feed(Message::Text(text)).await?;
                }
                let frame =
                    CloseFrame { code: end.code.into(), reason: end.reason.as_str().into() };
                self.stream.close(Some(frame)).await?;
            }
            // The answer to the client's close frame.
            self.stream.flush().await
        };
        let _ = tokio::time::timeout(CLOSE_LIMIT, farewell).await;
        // Closing with unread data would reset the connection, and the client would lose the close frame.
        let stream = self.stream.get_mut();
        let _ = stream.shutdown().await;
        let unread = async {
            let mut buffer = [0; 8192];
            while let Ok(1..) = stream.read(&mut buffer).await {}
        };
        let _ = tokio::time::timeout(CLOSE_LIMIT, unread).await;
    }
}

fn end_of(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::by_gateway(CloseCode::Size, "Message too long"),
        Error::Utf8(_) => End::by_gateway(CloseCode::Invalid, "Invalid UTF-8"),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            End::by_client(CloseCode::Abnormal, "")
        }
        Error::Protocol(_) => End::by_gateway(CloseCode::Protocol, "Protocol error"),
        _ => End::by_client(CloseCode::Abnormal, ""),
    }
}
