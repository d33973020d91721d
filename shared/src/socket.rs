//! The WebSocket API's events, read leniently: which of their parts are present depends on the route.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An event of `$connect`, `$disconnect`, a message, or the authorizer's.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SocketEvent {
    /// What the gateway says of the connection.
    pub request_context: SocketContext,
    /// A client's message.
    pub body: Option<String>,
    /// What the authorizer is asked to allow.
    pub method_arn: Option<String>,
    headers: Option<Map<String, Value>>,
}

/// What the gateway says of a connection.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SocketContext {
    /// Which connection.
    pub connection_id: String,
    /// Which request.
    pub request_id: String,
    /// What the authorizer said, on `$connect`.
    pub authorizer: Map<String, Value>,
}

impl SocketEvent {
    /// A header's value; these events keep the client's letter case in names.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.headers.as_ref()?;
        let (_, value) = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str()
    }
}

/// The answer to a WebSocket event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketAnswer {
    status_code: u16,
    #[serde(skip_serializing_if = "Map::is_empty")]
    headers: Map<String, Value>,
}

impl SocketAnswer {
    /// An answer with this status.
    #[must_use]
    pub fn status(status_code: u16) -> Self {
        Self { status_code, headers: Map::new() }
    }

    /// Chooses a subprotocol among those that the client offered.
    #[must_use]
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.headers.insert("Sec-WebSocket-Protocol".to_owned(), name.into());
        self
    }
}

/// The subprotocol that this service speaks.
pub const SUBPROTOCOL: &str = "chat.v1";

/// The entries of a `Sec-WebSocket-Protocol` header (RFC 6455, section 4.1).
pub fn subprotocols(header: &str) -> impl Iterator<Item = &str> {
    header.split(',').map(str::trim)
}
