//! The event a function gets: payload format 2.0.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::authorizer::Claims;
use super::routes::Match;
use crate::aws_names::{ACCOUNT_ID, API_ID};
use crate::gateway_time::{epoch_ms, log_time};

/// What a request is, besides its own parts.
pub(super) struct Context<'a> {
    pub(super) request_id: &'a str,
    pub(super) source: IpAddr,
    pub(super) found: &'a Match<'a>,
    pub(super) claims: Option<Claims>,
}

/// Builds the event.
pub(super) fn event(parts: &Parts, body: &Bytes, context: Context<'_>) -> Bytes {
    let route_key = format!("{} {}", context.found.route.method, context.found.route.path);
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default();
    let (body, encoded) = body_text(&parts.headers, body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers, context.source),
        "isBase64Encoded": encoded,
    });
    event["requestContext"] =
        request_context(parts, path, &route_key, context.request_id, context.source);
    if let Some(claims) = context.claims {
        event["requestContext"]["authorizer"] =
            json!({"jwt": {"claims": claims.rendered(), "scopes": null}});
    }
    let parameters: BTreeMap<_, _> = context.found.parameters.iter().cloned().collect();
    let optional = [
        ("cookies", json!(cookies(&parts.headers))),
        ("queryStringParameters", json!(query_parameters(query))),
        ("pathParameters", json!(parameters)),
        ("body", body.map_or(json!([]), Value::String)),
    ];
    for (key, value) in optional {
        let empty = value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(Map::is_empty);
        if !empty {
            event[key] = value;
        }
    }
    Bytes::from(event.to_string())
}

fn request_context(
    parts: &Parts,
    path: &str,
    route_key: &str,
    request_id: &str,
    source: IpAddr,
) -> Value {
    let text =
        |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let domain =
        text(header::HOST).rsplit_once(':').map_or(text(header::HOST), |(domain, _port)| domain);
    let now = OffsetDateTime::now_utc();
    json!({
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.split('.').next().unwrap_or_default(),
        "http": {
            "method": parts.method.as_str(),
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": source.to_string(),
            "userAgent": text(header::USER_AGENT),
        },
        "requestId": request_id,
        "routeKey": route_key,
        "stage": "$default",
        "time": log_time(now),
        "timeEpoch": epoch_ms(now),
    })
}

/// Header names in lower case, several values joined by commas; cookies are elsewhere.
fn headers(headers: &HeaderMap, source: IpAddr) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        // The first two are the gateway's to set, whatever a client claims.
        if [header::COOKIE.as_str(), "x-forwarded-port", "x-forwarded-proto"]
            .contains(&name.as_str())
        {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    let forwarded = joined.entry("x-forwarded-for".to_owned()).or_default();
    if !forwarded.is_empty() {
        forwarded.push_str(", ");
    }
    forwarded.push_str(&source.to_string());
    joined.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    let trace = Uuid::new_v4().simple().to_string();
    let seconds = OffsetDateTime::now_utc().unix_timestamp();
    joined
        .entry("x-amzn-trace-id".to_owned())
        .or_insert_with(|| format!("Root=1-{seconds:08x}-{}", &trace[..24]));
    joined
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

/// Decoded names and values; several values of a name are joined by commas.
fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (form_decoded(name), form_decoded(value));
        joined
            .entry(name)
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert(value);
    }
    joined
}

fn form_decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// The body as text, or in base64 with `true`; none when it is empty.
fn body_text(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    if is_text(headers)
        && let Ok(text) = std::str::from_utf8(body)
    {
        return (Some(text.to_owned()), false);
    }
    (Some(STANDARD.encode(body)), true)
}

/// The content types that API Gateway hands on as they are.
fn is_text(headers: &HeaderMap) -> bool {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return false;
    }
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return true;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || ["application/json", "application/javascript", "application/xml"]
            .contains(&kind.as_str())
}
