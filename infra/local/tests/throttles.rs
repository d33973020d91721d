//! The gateways take no more than API Gateway takes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;

use chat_local::bill::Unit;
use chat_local::throttle::Rate;
use chat_local::ws_api::ConnectionLimits;
use fixture::ws_gateway::LIMITS;
use fixture::{http_gateway, ws_gateway};
use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_burst_are_refused_as_the_gateway_refuses_and_cost_nothing() {
    let rate = Rate { a_second: 1, burst: 3 };
    let gateway = http_gateway::Gateway::with_rate(rate).await;
    let token = gateway.issuer.token();
    let calls = (0..10).map(|_| gateway.with_token(&token));
    let answers = futures_util::future::join_all(calls).await;
    let (admitted, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 200);
    assert!(
        (3..=5).contains(&admitted.len()),
        "a burst, and what a second or two adds: {}",
        admitted.len()
    );
    for answer in refused {
        assert_eq!((answer.status, answer.json()), (429, json!({"message": "Too Many Requests"})));
        assert!(answer.header("apigw-requestid").is_some());
    }
    let billed = gateway.meter.usage().units[&(Unit::HttpCalls, None)];
    assert_eq!(billed.to_string(), admitted.len().to_string());
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_beyond_the_rate_are_refused() {
    let limits = ConnectionLimits { connects_per_second: 1, ..LIMITS };
    let gateway = ws_gateway::Gateway::with_limits(limits).await;
    let (first, second) = tokio::join!(gateway.try_connect(&[]), gateway.try_connect(&[]));
    let refusals: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    let [Error::Http(refusal)] = refusals.as_slice() else { panic!("{refusals:?}") };
    assert_eq!(refusal.status(), 429);
    gateway.lambda.stop().await;
}
