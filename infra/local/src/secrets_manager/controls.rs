//! The control that rotates a secret.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::store::Secrets;

/// `PUT /secrets/{name}` with `{"value": "…"}`: 204. A slash in the name may be escaped or not.
pub fn router(secrets: Arc<Secrets>) -> Router {
    Router::new().route("/secrets/{*name}", put(rotate)).with_state(secrets)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewValue {
    value: String,
}

async fn rotate(
    State(secrets): State<Arc<Secrets>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    match serde_json::from_slice::<NewValue>(&body) {
        Ok(new) => {
            if secrets.rotate(&name, new.value) {
                StatusCode::NO_CONTENT.into_response()
            } else {
                problem(StatusCode::NOT_FOUND, &format!("there is no secret \"{name}\""))
            }
        }
        Err(error) => {
            problem(StatusCode::BAD_REQUEST, &format!("expected {{\"value\": …}}: {error}"))
        }
    }
}

fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let body =
        json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail});
    (status, [("content-type", "application/problem+json")], Json(body)).into_response()
}
