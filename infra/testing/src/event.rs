//! Events as API Gateway's HTTP API makes them, payload format 2.0.

use crate::{Operation, Person, new_id};
use serde_json::{Value, json};
use std::fmt::Display;

/// An event for an operation; the value may be changed at will.
#[derive(Clone, Debug)]
pub struct Event(pub Value);

impl Event {
    /// A request for this operation, by nobody yet; about the first message if it is about one.
    #[must_use]
    pub fn new(operation: Operation) -> Self {
        let route = operation.route();
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let event = Self(json!({
            "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "",
            "headers": {"content-type": "application/json", "host": "abc.example.test"},
            "requestContext": {
                "accountId": "123456789012", "apiId": "abc", "domainName": "abc.example.test",
                "domainPrefix": "abc", "requestId": new_id(), "routeKey": route,
                "stage": "$default", "time": "12/Mar/2026:19:03:58 +0000",
                "timeEpoch": 1_773_342_238_390_i64,
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1",
                         "sourceIp": "203.0.113.9", "userAgent": "tests"},
            },
            "isBase64Encoded": false,
        }));
        if operation.names_a_message() { event.seq(1) } else { event }
    }

    /// A request by this person.
    #[must_use]
    pub fn of(operation: Operation, person: &Person) -> Self {
        Self::new(operation).claims(&person.claims())
    }

    /// With these claims of a verified token.
    #[must_use]
    pub fn claims(mut self, claims: &Value) -> Self {
        self.0["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
        self
    }

    /// About this session.
    #[must_use]
    pub fn session(mut self, id: impl Display) -> Self {
        self.0["pathParameters"]["session_id"] = json!(id.to_string());
        self
    }

    /// About this message.
    #[must_use]
    pub fn seq(mut self, seq: impl Display) -> Self {
        self.0["pathParameters"]["seq"] = json!(seq.to_string());
        self
    }

    /// With a parameter in the query string.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        self.0["queryStringParameters"][name] = json!(value.to_string());
        self
    }

    /// With this text as its body.
    #[must_use]
    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.0["body"] = Value::String(body.into());
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text(body.to_string())
    }

    pub(crate) fn request_id(&self) -> String {
        self.0["requestContext"]["requestId"].as_str().unwrap_or_default().to_owned()
    }
}
