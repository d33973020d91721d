//! Lambda's Invoke API, and the stack's own controls beside it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

use super::error::InvokeError;
use super::limits::PAYLOAD_LIMIT;
use super::service::Lambda;
use super::statistics::FunctionStatistics;
use crate::body;
use crate::schedule::Schedules;

/// An asynchronous payload may have 256 KB.
const EVENT_PAYLOAD_LIMIT: usize = 256 * 1024;

#[derive(Clone)]
struct Service {
    lambda: Arc<Lambda>,
    schedules: Arc<Schedules>,
}

/// `POST /2015-03-31/functions/{name}/invocations`, `POST /functions/{name}/kill`, `GET /functions` and
/// `POST /schedules/{name}/run`.
pub fn router(lambda: Arc<Lambda>, schedules: Arc<Schedules>) -> Router {
    Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .route("/functions", get(functions))
        .route("/functions/{name}/kill", post(kill))
        .route("/schedules/{name}/run", post(run_schedule))
        .with_state(Service { lambda, schedules })
}

async fn invoke(
    State(service): State<Service>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if service.lambda.timeout(&name).is_none() {
        return no_such_function(&name);
    }
    let Some(payload) = body::read(body, PAYLOAD_LIMIT).await else {
        return failure(&InvokeError::PayloadTooLarge);
    };
    // An absent payload is an empty JSON object to the function.
    let payload = if payload.is_empty() { Bytes::from_static(b"{}") } else { payload };
    if serde_json::from_slice::<serde::de::IgnoredAny>(&payload).is_err() {
        let message = "Could not parse request body into json";
        return aws_error(StatusCode::BAD_REQUEST, "InvalidRequestContentException", message);
    }
    match headers.get("x-amz-invocation-type").map_or(Ok("RequestResponse"), |value| value.to_str())
    {
        Ok("RequestResponse") => match service.lambda.invoke(&name, payload, None).await {
            Ok(answer) => answered(answer, false),
            Err(error) => failure(&error),
        },
        Ok("Event") if payload.len() > EVENT_PAYLOAD_LIMIT => {
            failure(&InvokeError::PayloadTooLarge)
        }
        Ok("Event") => {
            tokio::spawn(async move { service.lambda.invoke(&name, payload, None).await });
            StatusCode::ACCEPTED.into_response()
        }
        Ok("DryRun") => StatusCode::NO_CONTENT.into_response(),
        _ => aws_error(
            StatusCode::BAD_REQUEST,
            "InvalidParameterValueException",
            "Unknown invocation type",
        ),
    }
}

#[derive(Serialize)]
struct Functions {
    functions: Vec<FunctionStatistics>,
}

async fn functions(State(service): State<Service>) -> Json<Functions> {
    Json(Functions { functions: service.lambda.functions() })
}

async fn kill(State(service): State<Service>, Path(name): Path<String>) -> Response {
    match service.lambda.kill(&name) {
        Some(killed) => Json(json!({"killed": killed})).into_response(),
        None => no_such_function(&name),
    }
}

async fn run_schedule(State(service): State<Service>, Path(name): Path<String>) -> Response {
    match service.schedules.run_now(&name).await {
        Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(InvokeError::NoSuchFunction) => aws_error(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            &format!("Nothing runs {name} by the clock"),
        ),
        Err(error) => {
            let headers = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::INTERNAL_SERVER_ERROR, headers, error.payload()).into_response()
        }
    }
}

/// What an invocation's failure looks like: a function's own is a 200 with a mark.
fn failure(error: &InvokeError) -> Response {
    match error {
        InvokeError::NoSuchFunction => no_such_function(""),
        InvokeError::PayloadTooLarge => aws_error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            "The payload is too large",
        ),
        InvokeError::NoEnvironment => {
            aws_error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.")
        }
        InvokeError::FunctionError(_) | InvokeError::Timeout(_) | InvokeError::Crashed(_) => {
            answered(error.payload(), true)
        }
    }
}

fn answered(payload: Bytes, failed: bool) -> Response {
    let headers = [("content-type", "application/json"), ("x-amz-executed-version", "$LATEST")];
    let mark = failed.then_some([("x-amz-function-error", "Unhandled")]);
    match mark {
        Some(mark) => (headers, mark, payload).into_response(),
        None => (headers, payload).into_response(),
    }
}

fn no_such_function(name: &str) -> Response {
    aws_error(
        StatusCode::NOT_FOUND,
        "ResourceNotFoundException",
        &format!("Function not found: {name}"),
    )
}

fn aws_error(status: StatusCode, kind: &'static str, message: &str) -> Response {
    (status, [("x-amzn-errortype", kind)], Json(json!({"Type": "User", "Message": message})))
        .into_response()
}
