//! The events that the WebSocket API's functions get.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::connection::Connection;
use super::policy::Identity;
use super::socket::End;
use crate::aws_names::{ACCOUNT_ID, API_ID, REGION};
use crate::gateway_id::new_id;
use crate::gateway_time::{epoch_ms, log_time};

/// The client's headers, names as it wrote them.
pub(super) type Headers = Vec<(String, String)>;

/// Makes the events of one API.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) stage: String,
}

impl Events {
    /// The authorizer's: the `$connect` event and what it is asked to allow.
    pub(super) fn authorize(
        &self,
        connection: &Connection,
        headers: &Headers,
        query: &str,
    ) -> Bytes {
        let mut event = self.connect_event(connection, headers, query, &new_id());
        event["type"] = json!("REQUEST");
        event["methodArn"] = json!(self.connect_arn());
        to_bytes(&event)
    }

    /// `$connect`.
    pub(super) fn connect(
        &self,
        connection: &Connection,
        headers: &Headers,
        query: &str,
        identity: Option<&Identity>,
    ) -> Bytes {
        let mut event = self.connect_event(connection, headers, query, &new_id());
        if let Some(identity) = identity {
            event["requestContext"]["authorizer"] = json!(identity.values);
        }
        to_bytes(&event)
    }

    /// A client's message. Whether the cloud repeats the authorizer's context here is unconfirmed, so
    /// that it is left out: functions identify by `connectionId`.
    pub(super) fn message(
        &self,
        connection: &Connection,
        route: &str,
        body: &str,
        request_id: &str,
    ) -> Bytes {
        let mut context = self.context(connection, route, "MESSAGE", request_id);
        context["messageId"] = json!(new_id());
        to_bytes(&json!({"requestContext": context, "body": body, "isBase64Encoded": false}))
    }

    /// `$disconnect`.
    pub(super) fn disconnect(&self, connection: &Connection, end: &End) -> Bytes {
        let mut context = self.context(connection, "$disconnect", "DISCONNECT", &new_id());
        context["disconnectStatusCode"] = json!(end.code);
        context["disconnectReason"] = json!(end.reason);
        to_bytes(&json!({"requestContext": context, "isBase64Encoded": false}))
    }

    /// What the authorizer's policy is about.
    pub(super) fn connect_arn(&self) -> String {
        format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{API_ID}/{}/$connect", self.stage)
    }

    fn connect_event(
        &self,
        connection: &Connection,
        headers: &Headers,
        query: &str,
        request_id: &str,
    ) -> Value {
        let source = connection.source.to_string();
        let forwarded = [("X-Forwarded-For", source.as_str()), ("X-Forwarded-Proto", "http")];
        let given = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut single = BTreeMap::new();
        let mut multiple: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in given.chain(forwarded) {
            single.insert(name, value);
            multiple.entry(name).or_default().push(value);
        }
        let mut event = json!({
            "headers": single,
            "multiValueHeaders": multiple,
            "requestContext": self.context(connection, "$connect", "CONNECT", request_id),
            "isBase64Encoded": false,
        });
        if !query.is_empty() {
            let (single, multiple) = query_parameters(query);
            event["queryStringParameters"] = json!(single);
            event["multiValueQueryStringParameters"] = json!(multiple);
        }
        event
    }

    fn context(&self, connection: &Connection, route: &str, kind: &str, request_id: &str) -> Value {
        let now = OffsetDateTime::now_utc();
        json!({
            "routeKey": route,
            "eventType": kind,
            "messageDirection": "IN",
            "connectionId": connection.id,
            "connectedAt": epoch_ms(connection.connected_at),
            "requestTime": log_time(now),
            "requestTimeEpoch": epoch_ms(now),
            "requestId": request_id,
            "extendedRequestId": request_id,
            "domainName": connection.domain,
            "stage": self.stage,
            "apiId": API_ID,
            "identity": {"sourceIp": connection.source.to_string(), "userAgent": connection.user_agent},
        })
    }
}

fn to_bytes(event: &Value) -> Bytes {
    Bytes::from(event.to_string())
}

type Single = BTreeMap<String, String>;
type Multiple = BTreeMap<String, Vec<String>>;

fn query_parameters(query: &str) -> (Single, Multiple) {
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (mut single, mut multiple) = (Single::new(), Multiple::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        single.insert(decoded(name), decoded(value));
        multiple.entry(decoded(name)).or_default().push(decoded(value));
    }
    (single, multiple)
}
