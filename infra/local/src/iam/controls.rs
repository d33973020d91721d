//! The controls that hand out credentials, and tell which rights were made use of.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::directory::{Iam, Principal};

/// `GET /credentials`, `GET /functions/{name}/credentials`, `GET /calls` and `GET /rights`.
pub fn router(iam: Arc<Iam>) -> Router {
    Router::new()
        .route("/credentials", get(operator))
        .route("/functions/{name}/credentials", get(function))
        .route("/calls", get(calls))
        .route("/rights", get(rights))
        .with_state(iam)
}

async fn operator(State(iam): State<Arc<Iam>>) -> Response {
    credentials(&iam, &Principal::Operator)
}

async fn function(State(iam): State<Arc<Iam>>, Path(name): Path<String>) -> Response {
    credentials(&iam, &Principal::Function(name))
}

fn credentials(iam: &Iam, principal: &Principal) -> Response {
    match iam.credentials(principal) {
        Some(credentials) => Json(credentials).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn calls(State(iam): State<Arc<Iam>>) -> Response {
    Json(json!({"calls": iam.calls()})).into_response()
}

async fn rights(State(iam): State<Arc<Iam>>) -> Response {
    Json(json!({"rights": iam.uses()})).into_response()
}
