//! The push provider's stand-in: records every attempt, answers in `OneSignal`'s shapes, fails when told to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tower_http::cors::{Any, CorsLayer};
use uuid::Uuid;

/// The app that the functions push for; an invented id.
pub const APP_ID: &str = "0f4c2f62-7d5e-4b7e-9d1c-3a5b8f0e6c21";
/// The key that the functions push with; an invented one.
pub const API_KEY: &str = "local-push-key";

/// The stand-in. Clones are the same.
#[derive(Clone, Default)]
pub struct OneSignal(Shared);

impl OneSignal {
    /// The provider's routes, and `/received` and `/behaviour` to watch and steer it.
    pub fn router(&self) -> Router {
        // Any page may watch; none may steer.
        let watching = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]);
        Router::new()
            .route("/notifications", post(notify))
            .route("/received", get(received).delete(forget).layer(watching))
            .route("/behaviour", put(behave))
            .with_state(self.0.clone())
    }

    /// `/received` alone, for the console: browsers do not know the stack's certificate authority.
    pub fn watching(&self) -> Router {
        Router::new().route("/received", get(received)).with_state(self.0.clone())
    }
}

type Shared = Arc<Mutex<Provider>>;

#[derive(Default)]
struct Provider {
    behaviour: Behaviour,
    /// Every attempt in order of arrival. Forgetting clears it and starts a new round, so that an
    /// answer still under way marks no attempt of the next round.
    attempts: Vec<Attempt>,
    round: u64,
    /// The id given for an idempotency key.
    notifications: HashMap<String, String>,
}

#[derive(Clone, Serialize)]
struct Attempt {
    at: String,
    status: Option<u16>,
    body: Value,
}

/// How the next requests are answered.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Behaviour {
    status: u16,
    delay_ms: u64,
    retry_after: Option<u32>,
    invalid: Vec<String>,
    key: Option<String>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { status: 200, delay_ms: 0, retry_after: None, invalid: Vec::new(), key: None }
    }
}

async fn behave(State(provider): State<Shared>, body: Bytes) -> Response {
    match serde_json::from_slice::<Behaviour>(&body) {
        Ok(behaviour) if (200..=599).contains(&behaviour.status) => {
            lock(&provider).behaviour = behaviour;
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(_) => errors(StatusCode::BAD_REQUEST, "status must be from 200 to 599"),
        Err(error) => errors(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

async fn received(State(provider): State<Shared>) -> Json<Value> {
    Json(json!({"received": lock(&provider).attempts}))
}

async fn forget(State(provider): State<Shared>) -> StatusCode {
    let mut provider = lock(&provider);
    provider.attempts.clear();
    provider.round += 1;
    StatusCode::NO_CONTENT
}

async fn notify(State(provider): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let (behaviour, round, number) = lock(&provider).record(&body);
    tokio::time::sleep(Duration::from_millis(behaviour.delay_ms)).await;
    let mut provider = lock(&provider);
    let response = match check(&behaviour, &headers, &body) {
        // A provider that is out of order looks at nothing.
        _ if behaviour.status >= 400 => refuse(&behaviour),
        Err(response) => response,
        Ok(notification) => provider.accept(&behaviour, &notification),
    };
    provider.note_answer(round, number, response.status());
    response
}

impl Provider {
    /// Notes the attempt; the behaviour at its arrival is the one that counts.
    fn record(&mut self, body: &[u8]) -> (Behaviour, u64, usize) {
        let body =
            serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body)));
        let at = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        self.attempts.push(Attempt { at, status: None, body });
        (self.behaviour.clone(), self.round, self.attempts.len() - 1)
    }

    fn note_answer(&mut self, round: u64, number: usize, status: StatusCode) {
        if round == self.round
            && let Some(attempt) = self.attempts.get_mut(number)
        {
            attempt.status = Some(status.as_u16());
        }
    }

    fn accept(&mut self, behaviour: &Behaviour, notification: &Notification) -> Response {
        let status = StatusCode::from_u16(behaviour.status).unwrap_or(StatusCode::OK);
        let players = &notification.include_subscription_ids;
        let invalid: Vec<&String> =
            players.iter().filter(|player| behaviour.invalid.contains(player)).collect();
        if invalid.len() == players.len() {
            return (status, Json(json!({"id": "", "errors": {"invalid_player_ids": invalid}})))
                .into_response();
        }
        let id = match &notification.idempotency_key {
            Some(key) => self.notifications.entry(key.clone()).or_insert_with(new_id).clone(),
            None => new_id(),
        };
        let mut answer = json!({"id": id, "external_id": notification.idempotency_key});
        if !invalid.is_empty() {
            answer["errors"] = json!({"invalid_player_ids": invalid});
        }
        (status, Json(answer)).into_response()
    }
}

fn new_id() -> String {
    Uuid::new_v4().to_string()
}

/// The part of a notification that decides about the answer.
#[derive(Deserialize)]
struct Notification {
    app_id: String,
    include_subscription_ids: Vec<String>,
    contents: HashMap<String, String>,
    #[serde(default)]
    idempotency_key: Option<String>,
}

#[expect(clippy::result_large_err, reason = "the error is the answer, made once a request")]
fn check(
    behaviour: &Behaviour,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Notification, Response> {
    let key = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let taken = behaviour.key.as_deref().unwrap_or(API_KEY);
    if key != Some(format!("Key {taken}").as_bytes()) {
        let line =
            "Access denied. Please include an 'Authorization: ...' header with a valid API key";
        return Err(errors(StatusCode::FORBIDDEN, line));
    }
    let refuse = |line: &str| Err(errors(StatusCode::BAD_REQUEST, line));
    let notification: Notification = match serde_json::from_slice(body) {
        Ok(notification) => notification,
        Err(error) => return refuse(&error.to_string()),
    };
    if notification.app_id != APP_ID {
        return refuse(
            "app_id not found. You may be missing a Content-Type: application/json header.",
        );
    }
    if notification.include_subscription_ids.is_empty() {
        return refuse(
            "You must include which players, segments, or tags you wish to send this notification to.",
        );
    }
    if notification.contents.get("en").is_none_or(String::is_empty) {
        return refuse("Message Notifications must have English language content");
    }
    if notification.idempotency_key.as_deref().is_some_and(|key| Uuid::parse_str(key).is_err()) {
        return refuse("idempotency_key must be a valid UUID");
    }
    Ok(notification)
}

fn refuse(behaviour: &Behaviour) -> Response {
    let status =
        StatusCode::from_u16(behaviour.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let line = if status == StatusCode::TOO_MANY_REQUESTS {
        "API rate limit exceeded"
    } else {
        "the provider fails as told"
    };
    let mut response = errors(status, line);
    if let Some(seconds) = behaviour.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn errors(status: StatusCode, line: &str) -> Response {
    (status, Json(json!({"errors": [line]}))).into_response()
}

/// What is recorded stays true when a request that held the lock panicked.
fn lock(provider: &Shared) -> MutexGuard<'_, Provider> {
    provider.lock().unwrap_or_else(PoisonError::into_inner)
}
