//! The WebSocket API answers and asks as API Gateway does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;

use fixture::http::request;
use fixture::ws_gateway::{Gateway, SIGNED, close_code, next};
use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::test(flavor = "multi_thread")]
async fn the_authorizer_and_connect_decide_who_gets_in() {
    let gateway = Gateway::start().await;
    let cases = [
        (("X-Token", "unauthorized"), 401),
        (("X-Token", "deny"), 403),
        (("X-Token", "broken"), 500),
        (("X-Status", "404"), 404),
        (("X-Status", "503"), 500),
        (("X-Status", "no number"), 502),
    ];
    for (header, status) in cases {
        match gateway.try_connect(&[header]).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), status, "{header:?}"),
            other => panic!("{header:?}: {other:?}"),
        }
    }
    for (line, status) in [("GET /default", 426), ("GET /other", 403)] {
        assert_eq!(request(gateway.address, line, &[], b"").await.status, status, "{line}");
    }
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_gets_the_authorizers_context_and_cannot_post_to_its_own_connection() {
    let mut gateway = Gateway::start().await;
    let offered = [("Sec-WebSocket-Protocol", "chat.v1, token")];
    let (mut client, response) = gateway.try_connect(&offered).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "chat.v1");
    let report = gateway.reports.next().await;
    assert_eq!(report["posted"], 410);
    let context = &report["event"]["requestContext"];
    assert_eq!(
        (&context["routeKey"], &context["eventType"]),
        (&json!("$connect"), &json!("CONNECT"))
    );
    assert_eq!(
        context["authorizer"],
        json!({"principalId": "someone", "number": "7", "seen": "REQUEST"})
    );
    let id = context["connectionId"].as_str().unwrap();
    assert!(id.len() == 16 && id.ends_with('='), "{id}");

    // Whoever has seen the 101 can post.
    assert_eq!(gateway.management("POST", id, &[SIGNED], b"hello").await.status, 200);
    assert_eq!(next(&mut client).await, Message::text("hello"));
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_take_their_route_one_after_the_other() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    let messages: Vec<String> = (0..8)
        .map(|n| match n {
            0 => "no JSON".to_owned(),
            1 => r#"{"action":"special"}"#.to_owned(),
            _ => json!({"action": "other", "n": n}).to_string(),
        })
        .collect();
    for message in &messages {
        client.send(Message::text(message)).await.unwrap();
    }
    for message in &messages {
        let route = if message.contains("special") { "special" } else { "$default" };
        assert_eq!(next(&mut client).await, Message::text(format!("{route} heard {message}")));
        let report = gateway.reports.next_of("MESSAGE").await;
        assert_eq!(report["event"]["body"], *message);
        assert_eq!(report["event"]["requestContext"]["connectionId"], *id);
        assert!(report["event"].get("headers").is_none());
    }
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_sends_before_it_goes_is_delivered_before_its_disconnect() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    let messages: Vec<String> = (0..8).map(|n| json!({"n": n}).to_string()).collect();
    for message in &messages {
        client.send(Message::text(message)).await.unwrap();
    }
    client.close(None).await.unwrap();
    for message in &messages {
        let event = gateway.reports.next().await["event"].clone();
        assert_eq!(event["body"], *message, "{event}");
    }
    let context = gateway.reports.next().await["event"]["requestContext"].clone();
    assert_eq!(
        (&context["eventType"], &context["connectionId"]),
        (&json!("DISCONNECT"), &json!(id))
    );
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_function_is_a_frame_to_the_client() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    client.send(Message::text(r#"{"fail":true}"#)).await.unwrap();
    let frame: Value = serde_json::from_str(next(&mut client).await.to_text().unwrap()).unwrap();
    assert_eq!(
        (&frame["message"], &frame["connectionId"]),
        (&json!("Internal server error"), &json!(id))
    );
    assert!(frame["requestId"].is_string());
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnect_is_told_however_the_connection_ends() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    client.close(None).await.unwrap();
    let context = gateway.reports.next_of("DISCONNECT").await["event"]["requestContext"].clone();
    assert_eq!(
        (&context["connectionId"], &context["disconnectStatusCode"]),
        (&json!(id), &json!(1005))
    );

    let (client, id) = gateway.connect().await;
    drop(client);
    let context = gateway.reports.next_of("DISCONNECT").await["event"]["requestContext"].clone();
    assert_eq!(
        (&context["connectionId"], &context["disconnectStatusCode"]),
        (&json!(id), &json!(1006))
    );
    assert_eq!(gateway.management("POST", &id, &[SIGNED], b"x").await.status, 410);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_management_api_looks_and_disconnects_and_refuses_what_is_wrong() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    let answer = gateway.management("POST", &id, &[], b"x").await;
    assert_eq!(
        (answer.status, answer.json()),
        (403, json!({"message": "Missing Authentication Token"}))
    );
    for size in [128 * 1024 + 1, 16 * 1024 * 1024] {
        let large = vec![b'a'; size];
        assert_eq!(gateway.management("POST", &id, &[SIGNED], &large).await.status, 413, "{size}");
    }
    assert_eq!(gateway.management("POST", "nonsense", &[SIGNED], b"x").await.status, 400);
    let answer = gateway.management("POST", "AAAAAAAAAAAAAAA=", &[SIGNED], b"x").await;
    assert_eq!((answer.status, answer.header("x-amzn-ErrorType")), (410, Some("GoneException")));

    let largest = "ü".repeat(64 * 1024);
    assert_eq!(gateway.management("POST", &id, &[SIGNED], largest.as_bytes()).await.status, 200);
    assert_eq!(next(&mut client).await, Message::text(largest));
    let seen = gateway.management("GET", &id, &[SIGNED], b"").await.json();
    assert_eq!(seen["identity"]["sourceIp"], "127.0.0.1");
    assert!(seen["connectedAt"].as_str() <= seen["lastActiveAt"].as_str(), "{seen}");

    assert_eq!(gateway.management("DELETE", &id, &[SIGNED], b"").await.status, 204);
    assert_eq!(close_code(&mut client).await, 1000);
    for method in ["POST", "GET", "DELETE"] {
        assert_eq!(gateway.management(method, &id, &[SIGNED], b"").await.status, 410, "{method}");
    }
    gateway.lambda.stop().await;
}
