//! The Runtime API (2018-06-01) and the Extensions API (2020-01-01), for all environments on one port:
//! each has its own base path, which its id begins.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::serve::ListenerExt;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::environment::Environment;
use super::error::InvokeError;
use super::limits::PAYLOAD_LIMIT;
use super::registry::Registry;
use super::request::{Invocation, Refusal};
use crate::aws_names::{ACCOUNT_ID, REGION};

/// Lambda grants an answer a little more than a request.
const ANSWER_LIMIT: usize = PAYLOAD_LIMIT + 100;
const EXTENSION_ID: HeaderName = HeaderName::from_static("lambda-extension-identifier");
const EXTENSION_NAME: HeaderName = HeaderName::from_static("lambda-extension-name");

/// Serves both APIs for ever.
pub(super) async fn serve(listener: TcpListener, registry: Arc<Registry>) {
    let router = Router::new()
        .route("/{environment}/2018-06-01/runtime/invocation/next", get(next))
        .route("/{environment}/2018-06-01/runtime/invocation/{request}/response", post(response))
        .route("/{environment}/2018-06-01/runtime/invocation/{request}/error", post(error))
        .route("/{environment}/2018-06-01/runtime/init/error", post(init_error))
        .route("/{environment}/2020-01-01/extension/register", post(register))
        .route("/{environment}/2020-01-01/extension/event/next", get(extension_next))
        .route("/{environment}/2020-01-01/extension/init/error", post(init_error))
        .route("/{environment}/2020-01-01/extension/exit/error", post(init_error))
        .route("/{environment}/2022-07-01/telemetry", put(telemetry))
        .with_state(registry);
    // Without it, Nagle's algorithm and delayed acknowledgment cost some clients 40 ms a request.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    // It never returns an error.
    let _ = axum::serve(listener, router).await;
}

type Environments = State<Arc<Registry>>;

async fn next(State(registry): Environments, Path(id): Path<u64>) -> Result<Response, ApiError> {
    let environment = environment(&registry, id)?;
    let invocation = environment.runtime_next()?.await.map_err(|_| ApiError::NoSuchEnvironment)?;
    let mut response = Response::new(Body::from(invocation.payload.clone()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let values = [
        ("lambda-runtime-aws-request-id", invocation.request_id.clone()),
        ("lambda-runtime-deadline-ms", invocation.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", function_arn(&environment.settings.name)),
        ("lambda-runtime-trace-id", trace_id(&invocation)),
    ];
    for (name, value) in values {
        let value = HeaderValue::try_from(value).map_err(|_| ApiError::NoSuchEnvironment)?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}

async fn response(
    State(registry): Environments,
    Path((id, request)): Path<(u64, String)>,
    body: Body,
) -> Result<Response, ApiError> {
    let environment = environment(&registry, id)?;
    let Ok(answer) = to_bytes(body, ANSWER_LIMIT).await else {
        let message = format!(
            "Response payload size exceeded maximum allowed payload size ({ANSWER_LIMIT} bytes)."
        );
        let payload =
            json!({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message});
        environment
            .answer(&request, Err(InvokeError::FunctionError(payload.to_string().into())))?;
        return Err(ApiError::TooLarge);
    };
    environment.answer(&request, Ok(answer))?;
    Ok(accepted())
}

async fn error(
    State(registry): Environments,
    Path((id, request)): Path<(u64, String)>,
    body: Bytes,
) -> Result<Response, ApiError> {
    environment(&registry, id)?.answer(&request, Err(InvokeError::FunctionError(body)))?;
    Ok(accepted())
}

async fn init_error(
    State(registry): Environments,
    Path(id): Path<u64>,
    body: Bytes,
) -> Result<Response, ApiError> {
    environment(&registry, id)?.end(&InvokeError::FunctionError(body));
    Ok(accepted())
}

#[derive(Deserialize)]
struct Registration {
    #[serde(default)]
    events: Vec<String>,
}

async fn register(
    State(registry): Environments,
    Path(id): Path<u64>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let environment = environment(&registry, id)?;
    if headers.get(EXTENSION_NAME).is_none_or(HeaderValue::is_empty) {
        return Err(ApiError::Forbidden("Extension.InvalidExtensionName"));
    }
    let events =
        serde_json::from_slice::<Registration>(&body).map_err(|_| ApiError::InvalidRequest)?.events;
    if events.iter().any(|event| event == "SHUTDOWN") {
        return Err(ApiError::Forbidden("ShutdownEventNotSupportedForInternalExtension"));
    }
    if events.iter().any(|event| event != "INVOKE") {
        return Err(ApiError::Forbidden("Extension.InvalidEventType"));
    }
    let identifier = environment.register_extension(!events.is_empty())?;
    let name = &environment.settings.name;
    let body = json!({
        "functionName": name, "functionVersion": "$LATEST", "handler": "bootstrap", "accountId": ACCOUNT_ID,
    });
    Ok(([(EXTENSION_ID, identifier)], axum::Json(body)).into_response())
}

async fn extension_next(
    State(registry): Environments,
    Path(id): Path<u64>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let environment = environment(&registry, id)?;
    let missing = ApiError::Forbidden("Extension.MissingExtensionIdentifier");
    let identifier =
        headers.get(EXTENSION_ID).and_then(|value| value.to_str().ok()).ok_or(missing)?;
    let invocation =
        environment.extension_next(identifier)?.await.map_err(|_| ApiError::NoSuchEnvironment)?;
    let event = json!({
        "eventType": "INVOKE",
        "deadlineMs": invocation.deadline_ms,
        "requestId": invocation.request_id,
        "invokedFunctionArn": function_arn(&environment.settings.name),
        "tracing": {"type": "X-Amzn-Trace-Id", "value": trace_id(&invocation)},
    });
    Ok((
        [(
            HeaderName::from_static("lambda-extension-event-identifier"),
            Uuid::new_v4().to_string(),
        )],
        axum::Json(event),
    )
        .into_response())
}

/// As AWS's own emulator answers a subscription outside the cloud.
async fn telemetry() -> Response {
    let body = json!({"errorType": "Telemetry.NotSupported", "errorMessage": "Telemetry API is not supported"});
    (StatusCode::ACCEPTED, axum::Json(body)).into_response()
}

fn environment(registry: &Registry, id: u64) -> Result<Arc<Environment>, ApiError> {
    registry.get(id).ok_or(ApiError::NoSuchEnvironment)
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, axum::Json(json!({"status": "OK"}))).into_response()
}

fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}")
}

fn trace_id(invocation: &Invocation) -> String {
    let hex: String = invocation.request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let seconds = invocation.deadline_ms / 1000;
    format!("Root=1-{seconds:08x}-{};Parent={};Sampled=0", &hex[..24], &hex[16..32])
}

enum ApiError {
    NoSuchEnvironment,
    InvalidRequest,
    TooLarge,
    Forbidden(&'static str),
    Refused(Refusal),
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, kind) = match self {
            Self::NoSuchEnvironment => (StatusCode::NOT_FOUND, "NoSuchEnvironment"),
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "InvalidRequestFormat"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
            Self::Forbidden(kind) => (StatusCode::FORBIDDEN, kind),
            Self::Refused(Refusal::InvalidRequestId) => {
                (StatusCode::BAD_REQUEST, "InvalidRequestID")
            }
            Self::Refused(Refusal::InvalidStateTransition) => {
                (StatusCode::FORBIDDEN, "InvalidStateTransition")
            }
            Self::Refused(Refusal::RegistrationClosed) => {
                (StatusCode::FORBIDDEN, "Extension.RegistrationClosed")
            }
            Self::Refused(Refusal::UnknownExtension) => {
                (StatusCode::FORBIDDEN, "Extension.UnknownExtensionIdentifier")
            }
        };
        (status, axum::Json(json!({"errorType": kind, "errorMessage": kind}))).into_response()
    }
}
