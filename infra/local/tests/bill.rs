//! The bill counts what AWS bills.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;
mod place;

use chat_local::bill::{self, Bill, Meter, Prices, Unit};
use chat_local::lambda::{Lambda, LambdaSettings};
use chat_local::switchable::SwitchableServer;
use fixture::ws_gateway::{Gateway, next};
use fixture::{function, invoke, until};
use futures_util::SinkExt;
use place::{free_addresses, http_client};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// How many of a unit have been counted, for a function or at all.
fn units(meter: &Meter, unit: Unit, function: Option<&str>) -> f64 {
    let key = (unit, function.map(str::to_owned));
    meter.usage().units.get(&key).copied().unwrap_or_default()
}

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_cost_both_ways_by_32_kb_and_connections_by_time() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    let meter = gateway.meter.clone();
    client.send(Message::text("{}")).await.unwrap();
    assert_eq!(next(&mut client).await, Message::text("$default heard {}"));
    assert_near(units(&meter, Unit::WsMessagesIn, None), 1.0);
    assert_near(units(&meter, Unit::WsMessagesOut, None), 1.0);

    let large = "a".repeat(32 * 1024 + 1);
    assert_eq!(gateway.management("POST", &id, large.as_bytes()).await.status, 200);
    assert_near(units(&meter, Unit::WsMessagesOut, None), 3.0);
    client.close(None).await.unwrap();
    // What is posted before the gateway has heard of the end is taken, and billed.
    let taken = std::cell::Cell::new(0.0);
    until("the connection is over", async || {
        let is_over = gateway.management("POST", &id, b"x").await.status == 410;
        taken.set(taken.get() + if is_over { 0.0 } else { 1.0 });
        is_over
    })
    .await;
    assert_near(units(&meter, Unit::WsMessagesOut, None), 3.0 + taken.get());
    assert!(units(&meter, Unit::WsConnectionMinutes, None) > 0.0);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_functions_start_and_its_work_after_the_answer_are_billed() {
    let meter = Meter::default();
    let settings = fixture::settings(vec![function("f")], 1);
    let settings = LambdaSettings { meter: meter.clone(), ..settings };
    let lambda = Lambda::start(settings, &fixture::log()).await.unwrap();
    invoke(&lambda, "f", json!({})).await.unwrap();
    // 128 MB for a second are an eighth of a GB-second.
    let seconds = || units(&meter, Unit::LambdaGbSeconds, Some("f")) * 8.0;
    until("the first is billed", async || {
        (units(&meter, Unit::LambdaRequests, Some("f")) - 1.0).abs() < 1e-9
    })
    .await;
    let before = seconds();
    assert!(before >= 0.002, "a start and a request begin a millisecond each: {before}");
    invoke(&lambda, "f", json!({"work_after_answer_ms": 300})).await.unwrap();
    until("the second is billed", async || {
        (units(&meter, Unit::LambdaRequests, Some("f")) - 2.0).abs() < 1e-9
    })
    .await;
    assert!(seconds() - before >= 0.3, "{}", seconds() - before);
    lambda.stop().await;
}

#[tokio::test]
async fn the_bill_has_a_price_for_each_item_and_begins_anew() {
    let (meter, [address]) = (Meter::default(), free_addresses());
    let server = SwitchableServer::new(address, bill::router(meter.clone()).unwrap());
    server.up().await.unwrap();
    let (client, url) = (http_client(), format!("http://{address}/bill"));
    for _ in 0..2_000 {
        meter.http_call(10);
    }
    meter.worked("f", 1_000, std::time::Duration::from_secs(10), 1024);
    let bill: Value = client.get(&url).send().await.unwrap().json().await.unwrap();
    let item = |name: &str| {
        let items = bill["items"].as_array().unwrap();
        items.iter().find(|item| item["name"] == name).unwrap().clone()
    };
    let calls = item("http_calls");
    assert_eq!((calls["units"].as_f64(), calls["usd"].as_f64()), (Some(2_000.0), Some(0.002)));
    assert!(calls["unit"].as_str().unwrap().contains("512 KB"));
    assert_near(item("lambda_requests/f")["usd"].as_f64().unwrap(), 0.000_2);
    assert_near(item("lambda_gb_seconds/f")["usd"].as_f64().unwrap(), 0.000_133_334);
    assert_near(bill["usd"].as_f64().unwrap(), 0.002 + 0.000_2 + 0.000_133_334);
    assert!(bill["since"].is_string() && bill["prices_of"].is_string());

    assert_eq!(client.delete(&url).send().await.unwrap().status(), 204);
    let anew: Value = client.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(anew["items"], json!([]));
    assert!(anew["since"].as_str() > bill["since"].as_str());
}

#[test]
fn every_unit_has_a_price() {
    let prices = Prices::known().unwrap();
    let meter = Meter::default();
    for unit in Unit::ALL {
        meter.request(unit);
    }
    let bill = Bill::of(&meter.usage(), &prices);
    assert_eq!(bill.items.len(), Unit::ALL.len());
    assert!(bill.items.iter().all(|item| item.usd > 0.0));
}
