//! `@connections`: how functions post to clients, look at them and disconnect them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::connection::{Connection, SendError};
use super::connections::Connections;
use super::socket::MESSAGE_LIMIT;
use crate::body;
use crate::gateway_id::new_id;

const TIME: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The management API of the stage.
pub(super) fn router(stage: &str, connections: Arc<Connections>) -> Router {
    Router::new()
        .route(&format!("/{stage}/@connections/{{id}}"), get(look).post(post).delete(disconnect))
        .layer(middleware::from_fn(signed))
        .fallback(|| async { Failure::MissingAuthentication })
        .with_state(connections)
}

/// Lets only requests pass that are signed with Signature Version 4; whose key it is does not matter here.
async fn signed(request: Request, next: Next) -> Response {
    let mut response = if is_signed(request.headers()) {
        next.run(request).await
    } else {
        Failure::MissingAuthentication.into_response()
    };
    if let Ok(id) = new_id().try_into() {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

fn is_signed(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value.strip_prefix("AWS4-HMAC-SHA256 ").is_some_and(|parts| {
        ["Credential=", "SignedHeaders=", "Signature="].iter().all(|part| parts.contains(part))
    })
}

async fn post(
    State(connections): State<Arc<Connections>>,
    Path(id): Path<String>,
    body: Body,
) -> Result<StatusCode, Failure> {
    let connection = find(&connections, &id)?;
    let body = body::read(body, MESSAGE_LIMIT).await.ok_or(Failure::TooLarge)?;
    let frame = Utf8Bytes::try_from(body)
        .map_err(|_| Failure::BadRequest("The data is not text".to_owned()))?;
    connection.send(frame)?;
    Ok(StatusCode::OK)
}

async fn look(
    State(connections): State<Arc<Connections>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let connection = find(&connections, &id)?;
    let text = |at: OffsetDateTime| at.format(TIME).unwrap_or_default();
    let body = json!({
        "connectedAt": text(connection.connected_at),
        "lastActiveAt": text(connection.last_active_at()),
        "identity": {"sourceIp": connection.source.to_string(), "userAgent": connection.user_agent},
    });
    Ok(Json(body).into_response())
}

async fn disconnect(
    State(connections): State<Arc<Connections>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    let connection = find(&connections, &id)?;
    // From now on it is gone, however long the client takes to see it.
    connections.remove(&id);
    connection.closing.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

fn find(connections: &Connections, id: &str) -> Result<Arc<Connection>, Failure> {
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+/".contains(&byte);
    if !id.strip_suffix('=').is_some_and(|start| start.len() == 15 && start.bytes().all(alphabet)) {
        return Err(Failure::BadRequest(format!("Invalid connectionId: {id}")));
    }
    connections.get(id).ok_or(Failure::Gone)
}

#[derive(Debug)]
enum Failure {
    MissingAuthentication,
    BadRequest(String),
    Gone,
    TooLarge,
    Full,
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Gone => Self::Gone,
            SendError::Full => Self::Full,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, kind, message) = match self {
            Self::MissingAuthentication => (
                StatusCode::FORBIDDEN,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token".to_owned(),
            ),
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, "BadRequestException", message),
            Self::Gone => (StatusCode::GONE, "GoneException", "Gone".to_owned()),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "PayloadTooLargeException",
                "Payload too large".to_owned(),
            ),
            Self::Full => (
                StatusCode::TOO_MANY_REQUESTS,
                "LimitExceededException",
                "Limit exceeded".to_owned(),
            ),
        };
        (status, [("x-amzn-errortype", kind)], Json(json!({"message": message}))).into_response()
    }
}
