//! What an HTTP API's gateway takes from a function, payload format 2.0.

use http::{HeaderName, StatusCode, header};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// What a browser may do with an answer that it takes for a page.
const NOTHING: &str =
    "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// A response as the gateway reads it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The HTTP status.
    #[serde(serialize_with = "status")]
    pub status_code: StatusCode,
    /// The headers, each once.
    #[serde(serialize_with = "headers")]
    pub headers: Vec<(HeaderName, Cow<'static, str>)>,
    /// The body, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Response {
    /// With what all answers have in common, and a body of this type if there is one.
    #[must_use]
    pub fn new(status_code: StatusCode, body: Option<String>, content_type: &'static str) -> Self {
        let mut headers = vec![
            // Answers are somebody's health information: no cache keeps them, no browser guesses at them.
            (header::CACHE_CONTROL, "no-store".into()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
            // An answer is no page: whoever opens one in a browser runs, frames and tells others of nothing.
            (header::CONTENT_SECURITY_POLICY, NOTHING.into()),
            (header::REFERRER_POLICY, "no-referrer".into()),
            (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains".into()),
        ];
        if body.is_some() {
            headers.push((header::CONTENT_TYPE, content_type.into()));
        }
        Self { status_code, headers, body }
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: Option<u64>) -> Self {
        self.headers
            .extend(seconds.map(|seconds| (header::RETRY_AFTER, seconds.to_string().into())));
        self
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn status<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

fn headers<S: Serializer>(
    headers: &[(HeaderName, Cow<'static, str>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name.as_str(), value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_response_is_written_as_the_gateway_reads_it() {
        let body = Some("{}".to_owned());
        let refusal =
            Response::new(StatusCode::TOO_MANY_REQUESTS, body, "application/problem+json");
        let written = serde_json::to_value(refusal.retry_after(Some(3))).unwrap();
        assert_eq!(written["statusCode"], 429);
        assert_eq!(written["headers"]["content-type"], "application/problem+json");
        assert_eq!(written["headers"]["retry-after"], "3");
        assert_eq!(written["body"], "{}");
        let empty = Response::new(StatusCode::NO_CONTENT, None, "application/json");
        let written = serde_json::to_value(empty.retry_after(None)).unwrap();
        assert_eq!(written["headers"]["content-type"], json!(null));
        assert!(written.get("body").is_none());
    }
}
