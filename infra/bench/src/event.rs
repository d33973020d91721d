//! Events as API Gateway's HTTP API makes them, payload format 2.0.

use bytes::Bytes;
use chat_e2e::{Person, Role};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the benchmarks say.
pub const CONTENT: &str = "Good morning! Is a little bleeding normal on the first day?";

/// Someone who calls.
#[derive(Clone, Debug)]
pub struct Caller(Value);

impl Caller {
    /// A customer of Jarvis, whose token's subject is `customer-<id>`.
    pub fn customer(id: i64) -> Self {
        Self::new(Role::Customer, &format!("customer-{id}"), &format!("customer{id}@example.test"))
    }

    /// A dentist, whose e-mail address is `dentist<id>@example.test`.
    pub fn dentist(id: i64) -> Self {
        Self::new(Role::Dentist, &format!("dentist-{id}"), &format!("dentist{id}@example.test"))
    }

    /// Someone of the stack's people.
    pub fn of(person: &Person) -> Self {
        Self::new(person.role, &person.subject, &person.email)
    }

    fn new(role: Role, subject: &str, email: &str) -> Self {
        let mut claims = json!({
            "aud": "chat-local", "auth_time": "1773340000", "cognito:username": subject,
            "email": email, "email_verified": "true", "exp": "4102444800", "iat": "1773340000",
            "iss": "https://identity.example.test", "sub": subject, "token_use": "id",
        });
        if role == Role::Dentist {
            claims["cognito:groups"] = "[dentists]".into();
        }
        Self(claims)
    }
}

/// A new message.
pub fn send(caller: &Caller, session: i64) -> Bytes {
    let body = json!({"client_message_id": Uuid::new_v4(), "content": CONTENT});
    let mut event = event(caller, "POST", "/sessions/{session_id}/messages", Some(session));
    event["body"] = body.to_string().into();
    event.to_string().into()
}

/// A message without anything in it, which is refused.
pub fn nothing(caller: &Caller) -> Bytes {
    let mut event = event(caller, "POST", "/sessions/{session_id}/messages", Some(0));
    event["body"] = "no JSON".into();
    event.to_string().into()
}

/// A page of a session's messages, with this cursor.
pub fn messages(caller: &Caller, session: i64, cursor: Option<(&str, i64)>) -> Bytes {
    let mut event = event(caller, "GET", "/sessions/{session_id}/messages", Some(session));
    if let Some((name, seq)) = cursor {
        event["queryStringParameters"] = json!({name: seq.to_string()});
    }
    event.to_string().into()
}

/// The first page of the inbox.
pub fn inbox(caller: &Caller) -> Bytes {
    event(caller, "GET", "/sessions", None).to_string().into()
}

/// The caller has seen the messages up to this one.
pub fn read(caller: &Caller, session: i64, up_to_seq: i64) -> Bytes {
    let mut event = event(caller, "POST", "/sessions/{session_id}/read", Some(session));
    event["body"] = json!({"up_to_seq": up_to_seq}).to_string().into();
    event.to_string().into()
}

/// A page of what changed since.
pub fn sync(caller: &Caller, since: Option<&str>) -> Bytes {
    let mut event = event(caller, "GET", "/sync", None);
    if let Some(since) = since {
        event["queryStringParameters"] = json!({"since": since});
    }
    event.to_string().into()
}

fn event(caller: &Caller, method: &str, path: &str, session: Option<i64>) -> Value {
    let route = format!("{method} {path}");
    let mut event = json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "",
        "headers": {
            "accept": "application/json", "accept-encoding": "gzip",
            "authorization": format!("Bearer {}", "x".repeat(900)),
            "content-type": "application/json", "host": "abc1234567.execute-api.example.test",
            "user-agent": "okhttp/4.12.0", "x-forwarded-for": "203.0.113.9",
            "x-forwarded-port": "443", "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "abc1234567",
            "authorizer": {"jwt": {"claims": caller.0, "scopes": null}},
            "domainName": "abc1234567.execute-api.example.test", "domainPrefix": "abc1234567",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1",
                     "sourceIp": "203.0.113.9", "userAgent": "okhttp/4.12.0"},
            "requestId": "JKJaXmPLvHcESH04=", "routeKey": route, "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 1_773_342_238_390_i64,
        },
        "isBase64Encoded": false,
    });
    if let Some(session) = session {
        event["pathParameters"] = json!({"session_id": session.to_string()});
    }
    event
}
