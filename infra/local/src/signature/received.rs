//! A request as it arrived.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};

/// What a signature is about.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query, escaped as they were sent.
    pub uri: &'a Uri,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

impl<'a> Received<'a> {
    /// The request with that head and body.
    #[must_use]
    pub fn new(head: &'a Parts, body: &'a [u8]) -> Self {
        Self { method: &head.method, uri: &head.uri, headers: &head.headers, body }
    }

    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }
}
