//! A bucket's CORS rules, as S3 applies them: the first that fits a request decides.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::bucket::Buckets;
use crate::template::BucketCors;

/// Answers preflights, and adds its headers to the answers of what pages ask.
pub(super) async fn apply(
    State(buckets): State<Buckets>,
    request: Request,
    next: Next,
) -> Response {
    let origin = text(request.headers(), &header::ORIGIN);
    let Some(origin) = origin else { return next.run(request).await };
    let bucket = request.uri().path().split('/').nth(1).unwrap_or_default().to_owned();
    let rules = buckets.specs.iter().find(|spec| spec.name == bucket);
    let rules = rules.map_or(&[][..], |spec| &spec.cors);
    let asked = text(request.headers(), &header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() == Method::OPTIONS
        && let Some(method) = asked
    {
        return preflight(rules, &origin, &method, request.headers());
    }
    let method = request.method().as_str().to_owned();
    let mut response = next.run(request).await;
    if let Some(rule) = rules.iter().find(|rule| fits(rule, &origin, &method)) {
        allow(rule, &origin, response.headers_mut());
        let exposed = rule.exposed.join(", ");
        insert(response.headers_mut(), header::ACCESS_CONTROL_EXPOSE_HEADERS, &exposed);
    }
    response
}

fn preflight(rules: &[BucketCors], origin: &str, method: &str, headers: &HeaderMap) -> Response {
    let wanted = text(headers, &header::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    let all_allowed = |rule: &&BucketCors| {
        let mut names = wanted.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.all(|name| rule.headers.iter().any(|allowed| matches(allowed, name)))
    };
    let rule = rules.iter().find(|rule| fits(rule, origin, method) && all_allowed(rule));
    let Some(rule) = rule else {
        let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessForbidden</Code>\
            <Message>CORSResponse: This CORS request is not allowed. This is usually because the evalution \
            of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are \
            not whitelisted by the resource's CORS spec.</Message></Error>";
        let xml = [(header::CONTENT_TYPE, "application/xml")];
        return (StatusCode::FORBIDDEN, xml, body).into_response();
    };
    let mut response = Response::new(Body::empty());
    let answer = response.headers_mut();
    allow(rule, origin, answer);
    insert(answer, header::ACCESS_CONTROL_ALLOW_METHODS, &rule.methods.join(", "));
    insert(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &wanted.to_ascii_lowercase());
    insert(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, &rule.exposed.join(", "));
    if let Some(seconds) = rule.max_age {
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(seconds));
    }
    response
}

fn fits(rule: &BucketCors, origin: &str, method: &str) -> bool {
    rule.origins.iter().any(|allowed| matches(allowed, origin))
        && rule.methods.iter().any(|allowed| allowed == method)
}

fn allow(rule: &BucketCors, origin: &str, headers: &mut HeaderMap) {
    let is_for_all = rule.origins.iter().any(|allowed| allowed == "*");
    insert(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, if is_for_all { "*" } else { origin });
    if !is_for_all {
        insert(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    let by = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
    insert(headers, header::VARY, by);
}

/// Whether a text is the allowed one, in which one `*` stands for anything.
fn matches(allowed: &str, text: &str) -> bool {
    let (allowed, text) = (allowed.to_ascii_lowercase(), text.to_ascii_lowercase());
    match allowed.split_once('*') {
        None => allowed == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value)
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}
