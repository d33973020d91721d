//! From a function's answer (payload format 2.0) to an HTTP response.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    headers: Option<BTreeMap<String, Value>>,
    cookies: Option<Vec<String>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// The response, or what is wrong with the answer.
pub(super) fn response(payload: Bytes) -> Result<Response<Body>, String> {
    let value: Value =
        serde_json::from_slice(&payload).map_err(|error| format!("not JSON: {error}"))?;
    if value.get("statusCode").is_none() {
        // Without a status code the whole answer is the body; so does format 2.0.
        let mut response = Response::new(Body::from(payload));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        return Ok(response);
    }
    let answer: Answer = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let status = StatusCode::from_u16(answer.status_code)
        .ok()
        .filter(|status| (200..600).contains(&status.as_u16()))
        .ok_or_else(|| format!("{} is not a status code", answer.status_code))?;
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded == Some(true) {
        Bytes::from(STANDARD.decode(body).map_err(|_| "the body is not base64".to_owned())?)
    } else {
        Bytes::from(body)
    };
    let typed = !body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in answer.headers.unwrap_or_default() {
        let name =
            HeaderName::try_from(&name).map_err(|_| format!("{name:?} is not a header name"))?;
        let value =
            header_value(&value).ok_or_else(|| format!("the header {name} has no valid value"))?;
        // The connection is the gateway's; so is CORS, see `cors`.
        let own = [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
        if !own.contains(&name) {
            headers.append(name, value);
        }
    }
    for cookie in answer.cookies.unwrap_or_default() {
        let cookie = HeaderValue::try_from(cookie)
            .map_err(|_| "a cookie is not a valid header value".to_owned())?;
        headers.append(header::SET_COOKIE, cookie);
    }
    if typed && !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=utf-8"));
    }
    Ok(response)
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_headers_cookies_and_body_become_the_response() -> Result<(), String> {
        let payload = r#"{"statusCode":201,"headers":{"X-One":"1","Retry-After":5},"cookies":["a=b","c=d"],"body":"aGk=","isBase64Encoded":true}"#;
        let response = response(Bytes::from_static(payload.as_bytes()))?;
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["x-one"], "1");
        assert_eq!(response.headers()["retry-after"], "5");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(response.headers()["content-type"], "text/plain;charset=utf-8");
        Ok(())
    }

    #[test]
    fn malformed_answers_are_refused() {
        for payload in [
            "no JSON",
            r#"{"statusCode":"abc"}"#,
            r#"{"statusCode":99}"#,
            r#"{"statusCode":200,"body":{"an":"object"}}"#,
            r#"{"statusCode":200,"headers":{"a":["b"]}}"#,
            r#"{"statusCode":200,"body":"%%%","isBase64Encoded":true}"#,
        ] {
            assert!(response(Bytes::from_static(payload.as_bytes())).is_err(), "{payload}");
        }
    }
}
