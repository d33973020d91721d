//! `@connections`: how functions post to clients, look at them and disconnect them.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRef, Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use percent_encoding::percent_decode_str;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::connection::{Connection, SendError};
use super::connections::Connections;
use super::refusals::Refusals;
use super::socket::MESSAGE_LIMIT;
use crate::aws_names::{API_ID, arn};
use crate::body;
use crate::gateway_id::new_id;
use crate::iam::{Context, Denial, Iam};
use crate::signature::{self, Received};

const TIME: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The service's name in signatures.
const SERVICE: &str = "execute-api";

/// What posts go to, and whether they do.
#[derive(Clone)]
pub(super) struct Posts {
    pub(super) connections: Arc<Connections>,
    pub(super) refusals: Arc<Refusals>,
}

impl FromRef<Posts> for Arc<Connections> {
    fn from_ref(posts: &Posts) -> Self {
        posts.connections.clone()
    }
}

/// The management API of the stage, for whoever has the right.
pub(super) fn router(stage: &str, posts: Posts, iam: Arc<Iam>) -> Router {
    Router::new()
        .route(&format!("/{stage}/@connections/{{id}}"), get(look).post(post).delete(disconnect))
        .route_layer(middleware::from_fn_with_state(iam, admit))
        .layer(DefaultBodyLimit::disable())
        .fallback(|| async { Failure::Unsigned(signature::Refusal::Missing) })
        .layer(middleware::map_response(with_request_id))
        .with_state(posts)
}

async fn with_request_id(mut response: Response) -> Response {
    if let Ok(id) = new_id().try_into() {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

/// Lets only requests pass that are signed by someone who may make them.
async fn admit(
    State(iam): State<Arc<Iam>>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let (head, body) = request.into_parts();
    let body = body::read(body, MESSAGE_LIMIT).await.ok_or(Failure::TooLarge)?;
    let now = OffsetDateTime::now_utc();
    let caller = signature::verify(&Received::new(&head, &body), SERVICE, &iam, now);
    let caller = caller.map_err(Failure::Unsigned)?;
    let path = percent_decode_str(head.uri.path()).decode_utf8_lossy();
    let arn = arn(SERVICE, &format!("{API_ID}{}", in_arn(&head.method, &path)));
    iam.authorize(&caller, "execute-api:ManageConnections", &arn, &Context::default())
        .map_err(Failure::Denied)?;
    Ok(next.run(Request::from_parts(head, Body::from(body))).await)
}

/// `/{stage}/{method}/{rest of the path}`.
fn in_arn(method: &Method, path: &str) -> String {
    let (stage, rest) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
    format!("/{stage}/{method}/{rest}")
}

async fn post(
    State(Posts { connections, refusals }): State<Posts>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Failure> {
    let connection = find(&connections, &id)?;
    if let Some(status) = refusals.next() {
        return Err(if status.is_server_error() { Failure::Internal } else { Failure::Busy });
    }
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
    Unsigned(signature::Refusal),
    Denied(Denial),
    BadRequest(String),
    Gone,
    TooLarge,
    Busy,
    Internal,
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Gone => Self::Gone,
            SendError::Full => Self::Busy,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, kind, message) = match self {
            Self::Unsigned(refusal) => {
                (StatusCode::FORBIDDEN, refusal.exception(), refusal.to_string())
            }
            Self::Denied(denial) => {
                (StatusCode::FORBIDDEN, "AccessDeniedException", denial.to_string())
            }
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, "BadRequestException", message),
            Self::Gone => (StatusCode::GONE, "GoneException", "Gone".to_owned()),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "PayloadTooLargeException",
                "Payload too large".to_owned(),
            ),
            Self::Busy => (
                StatusCode::TOO_MANY_REQUESTS,
                "LimitExceededException",
                "Limit exceeded".to_owned(),
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerErrorException",
                "Internal server error".to_owned(),
            ),
        };
        (status, [("x-amzn-errortype", kind)], Json(json!({"message": message}))).into_response()
    }
}
