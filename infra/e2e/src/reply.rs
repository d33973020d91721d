//! What the HTTP API answered.

use serde_json::Value;
use std::time::{Duration, Instant};

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as sent; empty when there was none.
    pub text: String,
    /// The body read as JSON; null when it is none.
    pub body: Value,
    /// From the request's first byte to the answer's last.
    pub took: Duration,
}

impl Reply {
    pub(crate) async fn read(
        answer: reqwest::Response,
        began: Instant,
    ) -> Result<Self, reqwest::Error> {
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self { status, headers, text, body, took: began.elapsed() })
    }

    /// The body, of an answer with this status.
    #[track_caller]
    #[must_use = "or use `is`"]
    pub fn expect(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        &self.body
    }

    /// The answer has this status.
    #[track_caller]
    pub fn is(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text);
    }

    /// The `id` in the body, of an answer with this status.
    #[track_caller]
    #[must_use]
    pub fn id(&self, status: u16) -> i64 {
        self.expect(status)["id"].as_i64().unwrap_or_else(|| panic!("no id: {}", self.text))
    }

    /// The error's code; empty for anything else.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A header's value; empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The answer is a whole problem document with this status and code; it tells when to try again
    /// exactly when trying again may help.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], "about:blank");
        for member in ["title", "detail", "request_id"] {
            let value = self.body[member].as_str().unwrap_or_default();
            assert!(!value.is_empty(), "{member} is missing: {}", self.text);
        }
        let may_help = matches!(status, 429 | 503);
        assert_eq!(self.body["retryable"], may_help, "{}", self.text);
        let retry_after = self.header("retry-after").parse::<u32>().ok();
        assert_eq!(retry_after.is_some_and(|seconds| seconds > 0), may_help, "{:?}", self.headers);
    }

    /// The answer says that the request is invalid, in exactly these fields.
    #[track_caller]
    pub fn is_invalid(&self, fields: &[&str]) {
        self.is_problem(400, "invalid_request");
        let errors = self.body["errors"].as_array().expect("a list of fields");
        let named: Vec<_> = errors.iter().filter_map(|error| error["field"].as_str()).collect();
        assert_eq!(named, fields, "{}", self.text);
        let has_reason =
            |error: &Value| error["reason"].as_str().is_some_and(|why| !why.is_empty());
        assert!(errors.iter().all(has_reason), "{}", self.text);
    }

    /// The body without what differs from one request to the next.
    #[must_use]
    pub fn without_request_id(&self) -> String {
        let request_id = self.body["request_id"].as_str().unwrap_or("\u{0}");
        self.text.replace(request_id, "")
    }
}
