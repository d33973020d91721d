//! CORS as the gateway does it: it answers preflights itself, and what a function says counts for nothing.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};

use crate::template::CorsSpec;

const OF_THE_GATEWAY: [HeaderName; 6] = [
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

/// The answer to a preflight request; `None` if it is another request.
pub(super) fn preflight(spec: &CorsSpec, parts: &Parts) -> Option<Response<Body>> {
    let headers = &parts.headers;
    if parts.method != Method::OPTIONS
        || !headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    {
        return None;
    }
    let origin = headers.get(header::ORIGIN)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(origin) = allowed_origin(spec, origin) {
        let answer = response.headers_mut();
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        insert_list(answer, header::ACCESS_CONTROL_ALLOW_METHODS, &spec.allow_methods);
        insert_list(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &spec.allow_headers);
        if let Some(seconds) = spec.max_age {
            answer.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(seconds));
        }
        insert_credentials(answer, spec);
    }
    Some(response)
}

/// Puts the gateway's CORS headers in the place of the function's.
pub(super) fn apply(spec: &CorsSpec, origin: Option<&HeaderValue>, response: &mut Response<Body>) {
    let headers = response.headers_mut();
    for name in OF_THE_GATEWAY {
        headers.remove(name);
    }
    let Some(origin) = origin.and_then(|origin| allowed_origin(spec, origin)) else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    insert_list(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &spec.expose_headers);
    insert_credentials(headers, spec);
}

fn allowed_origin(spec: &CorsSpec, origin: &HeaderValue) -> Option<HeaderValue> {
    if spec.allow_origins.iter().any(|allowed| allowed == "*") {
        return Some(HeaderValue::from_static("*"));
    }
    spec.allow_origins.iter().any(|allowed| origin == allowed).then(|| origin.clone())
}

fn insert_list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if let Ok(value) = HeaderValue::try_from(values.join(","))
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}

fn insert_credentials(headers: &mut HeaderMap, spec: &CorsSpec) {
    if spec.allow_credentials {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}
