//! What the service answers with.

use serde::Serialize;
use serde_json::json;

/// An HTTP answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Self { status, retry_after: None, body: serde_json::to_vec(body).unwrap() }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, retry_after: None, body: vec![] }
    }

    pub fn problem(status: u16, code: &str) -> Self {
        let retryable = status == 429 || status >= 500;
        Self::json(status, &json!({ "code": code, "detail": "", "retryable": retryable }))
    }
}
