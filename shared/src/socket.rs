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
    multi_value_headers: Option<Map<String, Value>>,
}

/// What the gateway says of a connection.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SocketContext {
    /// Which connection.
    pub connection_id: String,
    /// Which request.
    pub request_id: String,
    /// What the authorizer said, on `$connect`; the gateway writes null where there was none.
    pub authorizer: Option<Map<String, Value>>,
}

impl SocketEvent {
    /// A header's value, of several lines joined by commas (RFC 9110, section 5.3); these events keep the
    /// client's letter case in names.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        if let Some(Value::Array(lines)) = find(self.multi_value_headers.as_ref(), name) {
            let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
            return Some(lines.join(", ")).filter(|_| !lines.is_empty());
        }
        find(self.headers.as_ref(), name)?.as_str().map(str::to_owned)
    }
}

fn find<'a>(headers: Option<&'a Map<String, Value>>, name: &str) -> Option<&'a Value> {
    let mut named = headers?.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value)
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
