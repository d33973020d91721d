//! Errors as Secrets Manager tells them.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::iam::Denial;
use crate::signature::Refusal;

/// What requests and answers are in.
pub(super) const MEDIA_TYPE: &str = "application/x-amz-json-1.1";

/// Why a request is not answered. By the protocol (AWS JSON 1.1) all have status 400 but for a request
/// that is not recognized as one of it.
#[derive(Debug)]
pub(super) enum Problem {
    /// Another media type than the protocol's.
    NotTheProtocol,
    /// No operation is named, or none that is known.
    UnknownOperation,
    /// The body is not what the operation takes.
    Malformed(&'static str),
    /// A parameter is missing or has a value that it cannot have.
    Invalid(String),
    Unsigned(Refusal),
    Denied(Denial),
    /// The caller may not use the key that the secret is encrypted with.
    KeyDenied,
    NoSuchSecret,
    NoSuchVersion(String),
}

impl Problem {
    fn exception(&self) -> &'static str {
        match self {
            Self::NotTheProtocol | Self::UnknownOperation => "UnknownOperationException",
            Self::Malformed(_) => "SerializationException",
            Self::Invalid(_) => "ValidationException",
            Self::Unsigned(refusal) => refusal.exception(),
            Self::Denied(_) | Self::KeyDenied => "AccessDeniedException",
            Self::NoSuchSecret | Self::NoSuchVersion(_) => "ResourceNotFoundException",
        }
    }

    /// Without a message, and the key under which it stands: not all of AWS's errors spell it the same.
    fn message(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotTheProtocol | Self::UnknownOperation => None,
            Self::Malformed(what) => Some(("Message", (*what).to_owned())),
            Self::Invalid(what) => Some(("message", what.clone())),
            Self::Unsigned(refusal) => Some(("message", refusal.to_string())),
            Self::Denied(denial) => Some(("Message", denial.to_string())),
            Self::KeyDenied => Some(("Message", "Access to KMS is not allowed".to_owned())),
            Self::NoSuchSecret => {
                Some(("Message", "Secrets Manager can't find the specified secret.".to_owned()))
            }
            Self::NoSuchVersion(what) => Some((
                "Message",
                format!("Secrets Manager can't find the specified secret value for {what}"),
            )),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = self.exception();
        let headers = [("x-amzn-errortype", kind)];
        if matches!(self, Self::NotTheProtocol) {
            let body = format!("<{kind}/>\n");
            return (StatusCode::NOT_FOUND, headers, body).into_response();
        }
        let mut body = json!({"__type": kind});
        if let Some((key, message)) = self.message() {
            body[key] = message.into();
        }
        let media_type = [(header::CONTENT_TYPE, MEDIA_TYPE)];
        (StatusCode::BAD_REQUEST, headers, media_type, Json(body).into_response().into_body())
            .into_response()
    }
}
