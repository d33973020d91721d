//! Lambda's Invoke API, and the stack's own controls beside it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;

use super::error::InvokeError;
use super::limits::PAYLOAD_LIMIT;
use super::service::Lambda;
use super::statistics::FunctionStatistics;
use crate::aws_names::arn;
use crate::body;
use crate::iam::{Context, Denial, Iam, Principal};
use crate::schedule::Schedules;
use crate::signature::{self, Received, Refusal};

/// An asynchronous payload may have 256 KB.
const EVENT_PAYLOAD_LIMIT: usize = 256 * 1024;

/// The service's name in signatures.
const SERVICE: &str = "lambda";

#[derive(Clone)]
struct Service {
    lambda: Arc<Lambda>,
    schedules: Arc<Schedules>,
    iam: Arc<Iam>,
}

/// `POST /2015-03-31/functions/{name}/invocations`, `GET /2015-03-31/functions/`,
/// `POST /functions/{name}/kill`, `GET /functions` and `POST /schedules/{name}/run`.
pub fn router(lambda: Arc<Lambda>, schedules: Arc<Schedules>, iam: Arc<Iam>) -> Router {
    Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .route("/2015-03-31/functions", get(list))
        .route("/2015-03-31/functions/", get(list))
        .route("/functions", get(functions))
        .route("/functions/{name}/kill", post(kill))
        .route("/schedules/{name}/run", post(run_schedule))
        .with_state(Service { lambda, schedules, iam })
}

async fn invoke(
    State(service): State<Service>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let (head, body) = request.into_parts();
    let payload = body::read(body, PAYLOAD_LIMIT).await;
    let payload = payload.ok_or_else(|| failure(&InvokeError::PayloadTooLarge))?;
    let caller = match service.caller(&head, &payload) {
        // Tools on this machine need no credentials; a function cannot do without its own.
        Err(Refusal::Missing | Refusal::UnknownKey) => Principal::Operator,
        caller => caller.map_err(|refusal| unsigned(&refusal))?,
    };
    let found = service.lambda.find(&id);
    let arn =
        found.map_or_else(|| arn(SERVICE, &format!("function:{id}")), |(_, arn)| arn.to_owned());
    let asked = service.authorize(&caller, "lambda:InvokeFunction", &arn);
    asked.map_err(|denial| denied(&denial))?;
    let name = found.map(|(name, _)| name.to_owned()).ok_or_else(|| no_such_function(&id))?;
    // An absent payload is an empty JSON object to the function.
    let payload = if payload.is_empty() { Bytes::from_static(b"{}") } else { payload };
    if serde_json::from_slice::<serde::de::IgnoredAny>(&payload).is_err() {
        let message = "Could not parse request body into json";
        return Err(aws_error(StatusCode::BAD_REQUEST, "InvalidRequestContentException", message));
    }
    let kind = head.headers.get("x-amz-invocation-type");
    let kind = kind.map_or(Ok("RequestResponse"), |value| value.to_str());
    Ok(service.invoke(name, payload, kind.unwrap_or_default()).await)
}

impl Service {
    fn caller(&self, head: &Parts, body: &[u8]) -> Result<Principal, Refusal> {
        signature::verify(&Received::new(head, body), SERVICE, &self.iam, OffsetDateTime::now_utc())
    }

    fn authorize(&self, caller: &Principal, action: &str, arn: &str) -> Result<(), Denial> {
        self.iam.authorize(caller, action, arn, &Context::default())
    }

    async fn invoke(self, name: String, payload: Bytes, kind: &str) -> Response {
        match kind {
            "RequestResponse" => match self.lambda.invoke(&name, payload, None).await {
                Ok(answer) => answered(answer, false),
                Err(error) => failure(&error),
            },
            "Event" if payload.len() > EVENT_PAYLOAD_LIMIT => {
                failure(&InvokeError::PayloadTooLarge)
            }
            "Event" => {
                tokio::spawn(async move { self.lambda.invoke(&name, payload, None).await });
                StatusCode::ACCEPTED.into_response()
            }
            "DryRun" => StatusCode::NO_CONTENT.into_response(),
            _ => aws_error(
                StatusCode::BAD_REQUEST,
                "InvalidParameterValueException",
                "Unknown invocation type",
            ),
        }
    }
}

/// Lambda's `ListFunctions`.
async fn list(State(service): State<Service>, request: Request) -> Result<Response, Response> {
    let (head, _) = request.into_parts();
    let caller = service.caller(&head, b"").map_err(|refusal| unsigned(&refusal))?;
    let asked = service.authorize(&caller, "lambda:ListFunctions", "*");
    asked.map_err(|denial| denied(&denial))?;
    let functions = service.lambda.functions().into_iter().filter_map(|function| {
        let (name, arn) = service.lambda.find(&function.name)?;
        Some(json!({"FunctionName": name, "FunctionArn": arn, "Runtime": "provided.al2023"}))
    });
    let functions: Vec<_> = functions.collect();
    Ok(Json(json!({"Functions": functions})).into_response())
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

fn denied(denial: &Denial) -> Response {
    aws_error(StatusCode::FORBIDDEN, "AccessDeniedException", &denial.to_string())
}

fn unsigned(refusal: &Refusal) -> Response {
    aws_error(StatusCode::FORBIDDEN, refusal.exception(), &refusal.to_string())
}

fn aws_error(status: StatusCode, kind: &'static str, message: &str) -> Response {
    (status, [("x-amzn-errortype", kind)], Json(json!({"Type": "User", "Message": message})))
        .into_response()
}
