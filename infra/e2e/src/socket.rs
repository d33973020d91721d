//! A client's WebSocket. Every wait ends.

use crate::{Person, SOON, Stack};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::{collections::VecDeque, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        self, Message,
        client::IntoClientRequest as _,
        http::{HeaderValue, header},
    },
};

/// Where a client puts its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPlace {
    /// `Authorization: Bearer …`, as apps do.
    Header,
    /// The second entry of `Sec-WebSocket-Protocol`, as browsers must.
    Subprotocol,
}

/// The gateway did not let a client in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The gateway's words.
    pub body: String,
}

/// An open connection, or one that was.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that came while another was waited for.
    kept: VecDeque<Value>,
    /// The subprotocol that the service chose.
    pub protocol: Option<String>,
}

impl Stack {
    /// Connects with these headers.
    ///
    /// # Errors
    /// The gateway's refusal.
    pub async fn connect_with(&self, headers: &[(&str, &str)]) -> Result<Socket, Refusal> {
        let mut request =
            self.endpoints().ws_api.as_str().into_client_request().expect("a WebSocket URL");
        for (name, value) in headers {
            let name = header::HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a header"));
        }
        match connect_async(request).await {
            Ok((stream, answer)) => {
                let protocol = answer.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
                let protocol = protocol.and_then(|name| name.to_str().ok()).map(str::to_owned);
                Ok(Socket { stream, kept: VecDeque::new(), protocol })
            }
            Err(tungstenite::Error::Http(answer)) => {
                let body = answer.body().clone().unwrap_or_default();
                let body = String::from_utf8_lossy(&body).into_owned();
                Err(Refusal { status: answer.status().as_u16(), body })
            }
            Err(error) => panic!("no answer to a handshake: {error}"),
        }
    }

    /// Connects with a token.
    ///
    /// # Errors
    /// The gateway's refusal.
    pub async fn try_connect(&self, token: &str, place: TokenPlace) -> Result<Socket, Refusal> {
        match place {
            TokenPlace::Header => {
                self.connect_with(&[("authorization", &format!("Bearer {token}"))]).await
            }
            TokenPlace::Subprotocol => {
                let offered = format!("chat.v1, {token}");
                self.connect_with(&[("sec-websocket-protocol", &offered)]).await
            }
        }
    }
}

impl Person {
    /// Connects with the token in a header.
    ///
    /// # Errors
    /// The gateway's refusal.
    pub async fn try_connect(&self) -> Result<Socket, Refusal> {
        self.stack.try_connect(&self.token, TokenPlace::Header).await
    }

    /// [`Self::try_connect`], where the gateway must let the person in.
    pub async fn connect(&self) -> Socket {
        self.try_connect().await.unwrap_or_else(|refusal| panic!("not connected: {refusal:?}"))
    }
}

impl Socket {
    /// Says something, JSON or not.
    pub async fn say(&mut self, text: impl ToString) {
        self.stream.send(Message::text(text.to_string())).await.expect("the connection is open");
    }

    /// The next frame; none once the connection is closed, or when none comes within `limit`.
    pub async fn receive(&mut self, limit: Duration) -> Option<Value> {
        match self.kept.pop_front() {
            Some(frame) => Some(frame),
            None => self.read(Instant::now() + limit).await,
        }
    }

    /// The next frame of this type; others are kept for later.
    #[track_caller]
    pub fn expect(&mut self, kind: &str) -> impl Future<Output = Value> {
        let kind = kind.to_owned();
        let what = format!("a {kind} frame");
        self.find(what, move |frame| frame["type"] == kind.as_str())
    }

    /// The message of this `message.created` frame; others are kept for later.
    #[track_caller]
    pub fn message(&mut self, session: i64, seq: i64) -> impl Future<Output = Value> {
        let what = format!("message.created for message {seq} of session {session}");
        let frame = self.find(what, move |frame| {
            frame["type"] == "message.created"
                && frame["session_id"] == session
                && frame["seq"] == seq
        });
        async { frame.await["message"].take() }
    }

    /// Sends a ping, and gives every frame that came before its answer.
    pub async fn until_pong(&mut self) -> Vec<Value> {
        self.say(json!({"action": "ping"})).await;
        let pong = self.expect("pong").await;
        assert!(pong["connection_id"].is_string(), "{pong}");
        self.kept.drain(..).collect()
    }

    /// Waits until the gateway closes the connection; gives the close code, and keeps frames that came
    /// before.
    pub async fn closed(&mut self) -> Option<u16> {
        let deadline = Instant::now() + SOON;
        loop {
            let next = timeout_at(deadline, self.stream.next()).await;
            match next.expect("the gateway closes the connection") {
                Some(Ok(Message::Text(text))) => self.kept.push_back(parse(&text)),
                Some(Ok(Message::Close(close))) => return close.map(|close| close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Closes the connection as a client that is done.
    pub async fn close(mut self) {
        // It may be closed already.
        let _ = self.stream.close(None).await;
        while let Some(Ok(_)) = self.stream.next().await {}
    }

    #[track_caller]
    fn find(
        &mut self,
        what: String,
        is_it: impl Fn(&Value) -> bool,
    ) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            if let Some(at) = self.kept.iter().position(&is_it)
                && let Some(frame) = self.kept.remove(at)
            {
                return frame;
            }
            let deadline = Instant::now() + SOON;
            while let Some(frame) = self.read(deadline).await {
                if is_it(&frame) {
                    return frame;
                }
                self.kept.push_back(frame);
            }
            panic!("{caller}: no {what}; instead: {:?}", self.kept)
        }
    }

    async fn read(&mut self, deadline: Instant) -> Option<Value> {
        loop {
            match timeout_at(deadline, self.stream.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => return Some(parse(&text)),
                Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => return None,
                Ok(Some(Ok(_))) => {}
            }
        }
    }
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("a frame that is not JSON: {text}"))
}
