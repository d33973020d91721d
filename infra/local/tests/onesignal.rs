//! The push provider's stand-in, and the controls that take any stand-in away.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;

use std::sync::Arc;
use std::time::Duration;

use chat_local::dependencies::{self, Dependency};
use chat_local::onesignal::{API_KEY, APP_ID, OneSignal};
use chat_local::switchable::SwitchableServer;
use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use self::place::{free_addresses, http_client};

/// How long "does not answer" has to last.
const SILENCE: Duration = Duration::from_millis(200);
const PLAYER: &str = "1dd608f2-c6a1-11e3-851d-000c2940e62c";

/// A provider of the test's own, with its controls.
struct Provider {
    url: String,
    controls: String,
    http: reqwest::Client,
    _servers: [Arc<SwitchableServer>; 2],
}

impl Provider {
    async fn new() -> Self {
        let [address, control_address] = free_addresses();
        let provider = Arc::new(SwitchableServer::new(address, OneSignal::default().router()));
        provider.up().await.unwrap();
        let router = dependencies::router([
            ("onesignal", Dependency::StandIn(provider.clone())),
            ("postgres", Dependency::External),
        ]);
        let controls = Arc::new(SwitchableServer::new(control_address, router));
        controls.up().await.unwrap();
        let (url, controls_url) =
            (format!("http://{address}"), format!("http://{control_address}"));
        Self { url, controls: controls_url, http: http_client(), _servers: [provider, controls] }
    }

    async fn try_push(&self, body: &Value) -> reqwest::Result<Response> {
        let post = self.http.post(format!("{}/notifications", self.url));
        post.header("authorization", format!("Key {API_KEY}")).body(body.to_string()).send().await
    }

    async fn push(&self, body: &Value) -> (u16, Value) {
        let answer = self.try_push(body).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn behave(&self, behaviour: &Value) -> u16 {
        let put = self.http.put(format!("{}/behaviour", self.url)).body(behaviour.to_string());
        put.send().await.unwrap().status().as_u16()
    }

    async fn received(&self) -> Vec<Value> {
        let answer = self.http.get(format!("{}/received", self.url)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["received"].as_array().unwrap().clone()
    }

    async fn set(&self, name: &str, body: &str) -> Response {
        let put =
            self.http.put(format!("{}/dependencies/{name}", self.controls)).body(body.to_owned());
        put.send().await.unwrap()
    }
}

fn notification() -> Value {
    json!({
        "app_id": APP_ID, "include_subscription_ids": [PLAYER], "contents": {"en": "A message has arrived."},
        "idempotency_key": "a4a70b3c-5c36-4a1b-8a6e-07a6a66b2a4e",
    })
}

#[tokio::test]
async fn a_notification_gets_an_id_and_the_same_one_for_the_same_key() {
    let provider = Provider::new().await;
    let (status, first) = provider.push(&notification()).await;
    assert_eq!(status, 200);
    assert!(uuid::Uuid::parse_str(first["id"].as_str().unwrap()).is_ok());
    let (_, again) = provider.push(&notification()).await;
    assert_eq!(again["id"], first["id"]);
    let mut other = notification();
    other["idempotency_key"] = json!("00000000-5c36-4a1b-8a6e-07a6a66b2a4e");
    assert_ne!(provider.push(&other).await.1["id"], first["id"]);
}

#[tokio::test]
async fn a_notification_that_onesignal_would_refuse_is_refused() {
    let provider = Provider::new().await;
    for (field, value) in [
        ("app_id", json!("another app")),
        ("include_subscription_ids", json!([])),
        ("include_subscription_ids", Value::Null),
        ("contents", json!({"de": "Eine Nachricht"})),
        ("contents", Value::Null),
        ("idempotency_key", json!("no uuid")),
    ] {
        let mut bad = notification();
        bad[field] = value;
        let (status, answer) = provider.push(&bad).await;
        assert_eq!(status, 400, "{bad}");
        assert!(answer["errors"][0].is_string());
    }
    let anonymous = provider
        .http
        .post(format!("{}/notifications", provider.url))
        .body(notification().to_string());
    assert_eq!(anonymous.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_provider_that_is_told_to_fail_fails_whatever_it_is_sent() {
    let provider = Provider::new().await;
    provider.behave(&json!({"status": 503})).await;
    let mut other = notification();
    other["app_id"] = json!("another app");
    assert_eq!(provider.push(&other).await.0, 503);
    let anonymous = provider.http.post(format!("{}/notifications", provider.url)).body("no JSON");
    assert_eq!(anonymous.send().await.unwrap().status(), 503);
}

#[tokio::test]
async fn invalid_players_are_named_in_a_200() {
    let provider = Provider::new().await;
    assert_eq!(provider.behave(&json!({"invalid": [PLAYER]})).await, 204);
    let (status, answer) = provider.push(&notification()).await;
    assert_eq!(
        (status, &answer),
        (200, &json!({"id": "", "errors": {"invalid_player_ids": [PLAYER]}}))
    );
    let mut both = notification();
    both["include_subscription_ids"] = json!([PLAYER, "another"]);
    let (_, answer) = provider.push(&both).await;
    assert_ne!(answer["id"], "");
    assert_eq!(answer["errors"]["invalid_player_ids"], json!([PLAYER]));
}

#[tokio::test]
async fn it_fails_as_told_and_records_every_attempt_in_order() {
    let provider = Provider::new().await;
    provider.behave(&json!({"status": 429, "retry_after": 7})).await;
    let refusal = provider.try_push(&notification()).await.unwrap();
    assert_eq!(refusal.status(), 429);
    assert_eq!(refusal.headers()["retry-after"], "7");
    assert!(refusal.json::<Value>().await.unwrap()["errors"].is_array());
    // A missing field is its default, whatever it was before.
    provider.behave(&json!({"status": 503})).await;
    assert!(
        provider.try_push(&notification()).await.unwrap().headers().get("retry-after").is_none()
    );
    provider.behave(&json!({})).await;
    provider.push(&notification()).await;

    let received = provider.received().await;
    let statuses: Vec<_> =
        received.iter().map(|attempt| attempt["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [429, 503, 200]);
    assert_eq!(received[0]["body"], notification());
    let at = received[0]["at"].as_str().unwrap();
    time::OffsetDateTime::parse(at, &time::format_description::well_known::Rfc3339).unwrap();
    let forget = provider.http.delete(format!("{}/received", provider.url));
    assert_eq!(forget.send().await.unwrap().status(), 204);
    assert!(provider.received().await.is_empty());
}

#[tokio::test]
async fn a_slow_provider_has_recorded_the_attempt_before_it_answers() {
    let provider = Provider::new().await;
    provider.behave(&json!({"delay_ms": 60_000})).await;
    let body = notification();
    let push = provider.try_push(&body);
    tokio::pin!(push);
    let recorded = async {
        loop {
            if let [attempt] = provider.received().await.as_slice() {
                return attempt["status"].clone();
            }
        }
    };
    tokio::select! {
        _ = &mut push => panic!("it answered"),
        status = recorded => assert_eq!(status, Value::Null),
    }
}

#[tokio::test]
async fn a_behaviour_that_cannot_be_is_refused() {
    let provider = Provider::new().await;
    for behaviour in
        [json!({"status": 100}), json!({"state": 500}), json!({"delay_ms": -1}), json!("fast")]
    {
        assert_eq!(provider.behave(&behaviour).await, 400, "{behaviour}");
    }
}

#[tokio::test]
async fn a_dependency_that_is_down_refuses_and_one_that_is_frozen_is_silent() {
    let provider = Provider::new().await;
    let body = notification();
    assert_eq!(provider.set("onesignal", r#"{"state": "frozen"}"#).await.status(), 204);
    let waiting = provider.try_push(&body);
    tokio::pin!(waiting);
    assert!(timeout(SILENCE, &mut waiting).await.is_err());
    assert_eq!(provider.set("onesignal", r#"{"state": "up"}"#).await.status(), 204);
    assert_eq!(waiting.await.unwrap().status(), 200);

    assert_eq!(provider.set("onesignal", r#"{"state": "down"}"#).await.status(), 204);
    assert!(provider.try_push(&body).await.unwrap_err().is_connect());
    assert_eq!(provider.set("onesignal", r#"{"state": "restarted"}"#).await.status(), 204);
    assert_eq!(provider.push(&body).await.0, 200);
}

#[tokio::test]
async fn taking_a_dependency_down_cuts_the_requests_under_way() {
    let provider = Provider::new().await;
    provider.behave(&json!({"delay_ms": 60_000})).await;
    let body = notification();
    let push = provider.try_push(&body);
    tokio::pin!(push);
    assert!(timeout(SILENCE, &mut push).await.is_err());
    provider.set("onesignal", r#"{"state": "down"}"#).await;
    assert!(push.await.is_err());
}

#[tokio::test]
async fn a_wrong_name_or_state_is_a_clear_error() {
    let provider = Provider::new().await;
    let unknown = provider.set("redis", r#"{"state": "up"}"#).await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.headers()["content-type"], "application/problem+json");
    assert!(
        unknown.json::<Value>().await.unwrap()["detail"]
            .as_str()
            .unwrap()
            .contains("onesignal, postgres")
    );
    for body in [r#"{"state": "away"}"#, r#"{"state": "up", "for": 5}"#, "{}", "up"] {
        assert_eq!(provider.set("onesignal", body).await.status(), 400, "{body}");
    }
    let not_ours = provider.set("postgres", r#"{"state": "down"}"#).await;
    assert_eq!(not_ours.status(), 409);
    assert!(
        not_ours.json::<Value>().await.unwrap()["detail"]
            .as_str()
            .unwrap()
            .contains("did not start")
    );
}
