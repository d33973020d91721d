//! The HTTP API answers and asks as API Gateway does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;

use std::time::{Duration, Instant};

use fixture::SOON;
use fixture::http::{request, send};
use fixture::http_gateway::Gateway;
use serde_json::{Value, json};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn the_function_gets_an_event_of_payload_format_2() {
    let gateway = Gateway::start().await;
    let headers = [
        &format!("Authorization: Bearer {}", gateway.issuer.token()) as &str,
        "X-Many: one",
        "X-Many: two",
        "Cookie: a=b; c=d",
        "Content-Type: application/json",
        "User-Agent: test",
    ];
    let answer =
        request(gateway.address, "POST /things/a%2Fb?x=1&y=%20&x=2", &headers, b"not JSON").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("apigw-requestid").map(str::len), Some(16));
    let event = answer.json();
    let expected = json!({
        "version": "2.0", "routeKey": "POST /things/{id}", "rawPath": "/things/a%2Fb",
        "rawQueryString": "x=1&y=%20&x=2", "queryStringParameters": {"x": "1,2", "y": " "},
        "pathParameters": {"id": "a/b"}, "cookies": ["a=b", "c=d"], "body": "not JSON", "isBase64Encoded": false,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&event[key], value, "{key}");
    }
    assert_eq!(event["headers"]["x-many"], "one,two");
    assert_eq!(event["requestContext"]["http"]["method"], "POST");
    assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
    let claims = &event["requestContext"]["authorizer"]["jwt"]["claims"];
    assert_eq!(claims["cognito:groups"], "[dentists staff]");
    assert_eq!(claims["email_verified"], "true");
    assert!(claims.as_object().unwrap().values().all(Value::is_string), "{claims}");
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_empty_is_absent_and_what_is_no_text_is_in_base64() {
    let gateway = Gateway::start().await;
    let event = request(gateway.address, "POST /open", &[], b"").await.json();
    for key in ["body", "cookies", "pathParameters", "queryStringParameters"] {
        assert!(event.get(key).is_none(), "{key}");
    }
    assert!(event["requestContext"].get("authorizer").is_none());
    let headers = ["Content-Type: application/octet-stream"];
    let event = request(gateway.address, "POST /open", &headers, b"\xff\x00").await.json();
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("/wA="), &json!(true)));
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_route_is_not_found_whatever_the_token() {
    let gateway = Gateway::start().await;
    for line in ["GET /things/7", "POST /things", "POST /things/7/", "GET /", "PATCH /open"] {
        let answer = request(gateway.address, line, &[], b"").await;
        assert_eq!(
            (answer.status, answer.json()),
            (404, json!({"message": "Not Found"})),
            "{line}"
        );
    }
    assert_eq!(request(gateway.address, "GET /console", &[], b"").await.body, "the console");
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_failures_have_the_gateways_bodies() {
    let gateway = Gateway::start().await;
    let failed = (500, json!({"message": "Internal Server Error"}));
    for command in [
        json!({"command": "crash"}),
        json!({"command": "fail", "message": "as told"}),
        json!({"answer": {"statusCode": "no number"}}),
    ] {
        let answer = gateway.command(command.clone()).await;
        assert_eq!((answer.status, answer.json()), failed, "{command}");
    }
    assert_eq!(gateway.command(json!({"command": "none"})).await.status, 200);

    let asked = Instant::now();
    let answer = gateway.command(json!({"command": "sleep", "ms": 60_000})).await;
    assert_eq!((answer.status, answer.json()), (503, json!({"message": "Service Unavailable"})));
    let took = asked.elapsed();
    assert!((Duration::from_millis(2_990)..SOON).contains(&took), "{took:?}");
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_10_mb_is_too_large_and_whoever_sends_all_of_it_is_told() {
    const MB: usize = 1024 * 1024;
    let gateway = Gateway::start().await;
    for size in [10 * MB + 1, 40 * MB] {
        let answer = request(gateway.address, "POST /open", &[], &vec![b'a'; size]).await;
        assert_eq!(answer.status, 413, "{size}");
    }
    // Without a length before it.
    let chunk = format!("{:x}\r\n{}\r\n", 40 * MB, "a".repeat(40 * MB));
    let chunked = ["Transfer-Encoding: chunked"];
    let body = format!("{chunk}0\r\n\r\n");
    assert_eq!(send(gateway.address, "POST /open", &chunked, body.as_bytes()).await.status, 413);
    // One that nobody would read to its end is refused by its length.
    let length = ["Content-Length: 1000000000"];
    let answer = timeout(SOON, send(gateway.address, "POST /open", &length, b"")).await;
    assert_eq!(answer.unwrap().status, 413);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cors_is_the_gateways_and_not_the_functions() {
    let gateway = Gateway::start().await;
    let preflight = ["Origin: https://app.example", "Access-Control-Request-Method: POST"];
    let answer = request(gateway.address, "OPTIONS /things/7", &preflight, b"").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization"));
    assert_eq!(answer.header("access-control-max-age"), Some("60"));

    let loose =
        json!({"answer": {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}})
            .to_string();
    for (origin, allowed) in
        [("https://app.example", Some("https://app.example")), ("https://other.example", None)]
    {
        let answer = request(
            gateway.address,
            "POST /open",
            &[&format!("Origin: {origin}")],
            loose.as_bytes(),
        )
        .await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, allowed));
    }
    let answer =
        request(gateway.address, "POST /things/7", &["Origin: https://app.example"], b"").await;
    assert_eq!(
        answer.header("access-control-expose-headers"),
        Some("retry-after"),
        "on refusals too"
    );
    gateway.lambda.stop().await;
}
