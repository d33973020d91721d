//! Events as API Gateway's WebSocket API makes them.

use crate::new_id;
use serde_json::{Value, json};

/// An event for one of the WebSocket functions; the value may be changed at will.
#[derive(Clone, Debug)]
pub struct SocketEvent(pub Value);

impl SocketEvent {
    /// Asks the authorizer, with these headers.
    #[must_use]
    pub fn authorize(headers: &Value) -> Self {
        let mut event = Self::new("CONNECT", "$connect", &new_id());
        event.0["type"] = json!("REQUEST");
        event.0["methodArn"] =
            json!("arn:aws:execute-api:eu-central-1:123456789012:def/default/$connect");
        event.0["headers"] = headers.clone();
        event
    }

    /// A connection opens, with what the authorizer said.
    #[must_use]
    pub fn connect(connection: &str, authorizer: &Value, headers: &Value) -> Self {
        let mut event = Self::new("CONNECT", "$connect", connection);
        event.0["requestContext"]["authorizer"] = authorizer.clone();
        event.0["headers"] = headers.clone();
        event
    }

    /// A connection is closed.
    #[must_use]
    pub fn disconnect(connection: &str) -> Self {
        let mut event = Self::new("DISCONNECT", "$disconnect", connection);
        event.0["requestContext"]["disconnectStatusCode"] = json!(1005);
        event.0["requestContext"]["disconnectReason"] = json!("Client-side close");
        event
    }

    /// A client says something.
    #[must_use]
    pub fn message(connection: &str, body: &str) -> Self {
        let mut event = Self::new("MESSAGE", "$default", connection);
        event.0["requestContext"]["messageId"] = json!(new_id());
        event.0["body"] = json!(body);
        event
    }

    fn new(kind: &str, route: &str, connection: &str) -> Self {
        Self(json!({
            "requestContext": {
                "routeKey": route, "eventType": kind, "extendedRequestId": new_id(),
                "requestTime": "12/Mar/2026:19:04:10 +0000", "messageDirection": "IN",
                "stage": "default", "connectedAt": 1_773_342_250_112_i64,
                "requestTimeEpoch": 1_773_342_250_113_i64, "requestId": new_id(),
                "identity": {"sourceIp": "203.0.113.9", "userAgent": "tests"},
                "domainName": "def.example.test", "connectionId": connection, "apiId": "def",
            },
            "isBase64Encoded": false,
        }))
    }

    /// The gateway's name for this request.
    #[must_use]
    pub fn request_id(&self) -> String {
        self.0["requestContext"]["requestId"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn into_event<T: serde::de::DeserializeOwned>(self) -> T {
        serde_json::from_value(self.0).expect("the functions read any event")
    }
}
