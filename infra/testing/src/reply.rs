//! What an operation answered.

use crate::problem;
use chat::delivery::Delivery;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An answer, read.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: i64,
    /// The headers; names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as sent; empty when there was none.
    pub text: String,
    /// The body read as JSON; null when there was none.
    pub body: Value,
    /// What is to be done after the answer.
    pub delivery: Option<Delivery>,
    /// The gateway's name for the request.
    pub request_id: String,
}

impl Reply {
    /// The body, of an answer with this status.
    #[track_caller]
    #[must_use]
    pub fn expect(&self, status: i64) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        &self.body
    }

    /// The error's code; empty for anything else.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The answer is the contract's problem document for this code, whole, and nothing follows it.
    #[track_caller]
    pub fn assert_problem(&self, code: &str) {
        self.assert_document(&problem(code, &self.request_id));
    }

    /// The answer is the contract's problem document for an invalid request, with these fields and
    /// reasons.
    #[track_caller]
    pub fn assert_invalid(&self, errors: &[(&str, &str)]) {
        let mut document = problem("invalid_request", &self.request_id);
        let errors = errors.iter().map(|(field, reason)| json!({"field": field, "reason": reason}));
        document["errors"] = errors.collect();
        self.assert_document(&document);
    }

    /// The answer says that the request is invalid, in this field and no other.
    #[track_caller]
    pub fn assert_invalid_field(&self, field: &str) {
        let reason = self.body["errors"][0]["reason"].as_str().unwrap_or_default().to_owned();
        self.assert_invalid(&[(field, &reason)]);
        assert!(!reason.is_empty(), "{}", self.text);
    }

    #[track_caller]
    fn assert_document(&self, document: &Value) {
        assert_eq!(&self.body, document, "{}", self.text);
        assert_eq!(json!(self.status), document["status"]);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.headers["cache-control"], "no-store");
        let retry_after = self.headers.get("retry-after").map(|text| text.parse::<u32>());
        match document["retryable"].as_bool() {
            Some(true) => assert!(matches!(retry_after, Some(Ok(1..))), "{:?}", self.headers),
            _ => assert_eq!(retry_after, None),
        }
        assert!(self.delivery.is_none());
    }
}
