//! The WebSocket API answers and asks as API Gateway does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;

use std::time::Duration;

use chat_local::iam::{Credentials, Principal};
use fixture::http::request;
use fixture::signing::Signer;
use fixture::ws_gateway::{Gateway, close_code, management_line, next};
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
    assert_eq!(gateway.management("POST", id, b"hello").await.status, 200);
    assert_eq!(next(&mut client).await, Message::text("hello"));
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_take_their_route() {
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
async fn messages_of_one_connection_are_served_side_by_side() {
    let mut gateway = Gateway::start().await;
    let (mut client, _) = gateway.connect().await;
    let (slow, quick) = (r#"{"sleep_ms":2000}"#, r#"{"sleep_ms":0}"#);
    client.send(Message::text(slow)).await.unwrap();
    client.send(Message::text(quick)).await.unwrap();
    for message in [quick, slow] {
        assert_eq!(next(&mut client).await, Message::text(format!("$default heard {message}")));
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
    let mut heard = Vec::new();
    for _ in &messages {
        let event = gateway.reports.next().await["event"].clone();
        heard.push(event["body"].as_str().unwrap().to_owned());
    }
    heard.sort_unstable();
    assert_eq!(heard, messages);
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
    assert_eq!(gateway.management("POST", &id, b"x").await.status, 410);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_management_api_looks_and_disconnects_and_refuses_what_is_wrong() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    let unsigned = management_line("POST", &id);
    let answer = request(gateway.address, &unsigned, &[], b"x").await;
    assert_eq!(
        (answer.status, answer.json()),
        (403, json!({"message": "Missing Authentication Token"}))
    );
    for size in [128 * 1024 + 1, 16 * 1024 * 1024] {
        let large = vec![b'a'; size];
        assert_eq!(gateway.management("POST", &id, &large).await.status, 413, "{size}");
    }
    assert_eq!(gateway.management("POST", "nonsense", b"x").await.status, 400);
    let answer = gateway.management("POST", "AAAAAAAAAAAAAAA=", b"x").await;
    assert_eq!((answer.status, answer.header("x-amzn-ErrorType")), (410, Some("GoneException")));

    let largest = "ü".repeat(64 * 1024);
    assert_eq!(gateway.management("POST", &id, largest.as_bytes()).await.status, 200);
    assert_eq!(next(&mut client).await, Message::text(largest));
    let seen = gateway.management("GET", &id, b"").await.json();
    assert_eq!(seen["identity"]["sourceIp"], "127.0.0.1");
    assert!(seen["connectedAt"].as_str() <= seen["lastActiveAt"].as_str(), "{seen}");

    assert_eq!(gateway.management("DELETE", &id, b"").await.status, 204);
    assert_eq!(close_code(&mut client).await, 1000);
    for method in ["POST", "GET", "DELETE"] {
        assert_eq!(gateway.management(method, &id, b"").await.status, 410, "{method}");
    }
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_managed_only_by_who_may_and_can_prove_it() {
    let mut gateway = Gateway::start().await;
    let (_client, id) = gateway.connect().await;
    let of = |name: &str| {
        gateway.iam.credentials(&Principal::Function(name.to_owned())).unwrap().clone()
    };
    let (serve, authorize) = (of("serve"), of("authorize"));
    let guessed = Credentials { secret_access_key: "guessed".to_owned(), ..serve.clone() };
    let nobody = Credentials { access_key_id: "ASIANOBODYATALL00000".to_owned(), ..serve.clone() };
    let stale = Credentials { session_token: authorize.session_token.clone(), ..serve.clone() };
    let tokenless = Credentials { session_token: String::new(), ..serve.clone() };
    let by = |credentials| Signer::new(credentials, "execute-api");
    let minutes = |count| Duration::from_mins(count);
    let refusals = [
        (by(&guessed), "POST", "InvalidSignatureException"),
        (by(&nobody), "POST", "UnrecognizedClientException"),
        (by(&stale), "POST", "UnrecognizedClientException"),
        (by(&tokenless), "POST", "UnrecognizedClientException"),
        (by(&serve).before(minutes(16)), "POST", "InvalidSignatureException"),
        (Signer::new(&serve, "s3"), "POST", "InvalidSignatureException"),
        (Signer { region: "us-east-1", ..by(&serve) }, "POST", "InvalidSignatureException"),
        (by(&authorize), "POST", "AccessDeniedException"),
        (by(&serve), "DELETE", "AccessDeniedException"),
    ];
    for (signer, method, kind) in refusals {
        let answer = gateway.management_by(signer, method, &id, b"x").await;
        let refused = (answer.status, answer.header("x-amzn-errortype"));
        assert_eq!(refused, (403, Some(kind)), "{}", answer.body);
        assert!(answer.json()["message"].is_string());
    }
    assert_eq!(gateway.management_by(by(&serve), "POST", &id, b"x").await.status, 200);
    assert_eq!(
        gateway.management_by(by(&serve).before(minutes(14)), "POST", &id, b"x").await.status,
        200
    );
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_in_the_query_is_as_good_until_its_end() {
    let mut gateway = Gateway::start().await;
    let (_client, id) = gateway.connect().await;
    let operator = gateway.iam.credentials(&Principal::Operator).unwrap().clone();
    let (host, line) = (gateway.address.to_string(), management_line("GET", &id));
    let now = Signer::new(&operator, "execute-api");
    let get = async |signer: Signer<'_>| {
        let path = signer.query(&host, &line, Duration::from_mins(1));
        request(gateway.address, &format!("GET {path}"), &[], b"").await.status
    };
    assert_eq!(get(now).await, 200);
    assert_eq!(get(now.before(Duration::from_secs(61))).await, 403);
    let path = now.query(&host, &line, Duration::from_mins(1)).replace("=60", "=600");
    assert_eq!(request(gateway.address, &format!("GET {path}"), &[], b"").await.status, 403);
    gateway.lambda.stop().await;
}
