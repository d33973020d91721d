//! Connections: how they are opened, what they say, and how they end.

use crate::heard_nothing_more;
use chat_e2e::{Role, Stack, TokenPlace, eventually, new_id};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn the_token_comes_in_a_header_or_as_a_subprotocol() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut app = stack.try_connect(&customer.token, TokenPlace::Header).await.unwrap();
    let mut browser = stack.try_connect(&customer.token, TokenPlace::Subprotocol).await.unwrap();
    assert_eq!((app.protocol.as_deref(), browser.protocol.as_deref()), (None, Some("chat.v1")));
    dentist.say(session, "to both").await.is(201);
    assert_eq!(app.message(session, 1).await, browser.message(session, 1).await);
}

#[tokio::test]
async fn a_token_in_the_url_is_not_looked_at() {
    let stack = Stack::shared();
    let customer = stack.customer().await;
    let mut endpoints = stack.endpoints().clone();
    endpoints.ws_api = format!(
        "{}?token={}&Authorization=Bearer%20{}",
        endpoints.ws_api, customer.token, customer.token
    );
    let refusal = Stack::at(endpoints).connect_with(&[]).await.err().unwrap();
    assert_eq!(refusal.status, 401);
}

#[tokio::test]
async fn people_whom_jarvis_does_not_know_are_not_connected() {
    let stack = Stack::shared();
    for role in [Role::Customer, Role::Dentist] {
        let refusal = stack.unknown(role).await.try_connect().await.err().unwrap();
        assert_eq!((refusal.status, refusal.body.as_str()), (403, r#"{"message":"Forbidden"}"#));
    }
    let dentist = stack.dentist().await;
    let mut request = dentist.token_request();
    request["email_verified"] = json!(false);
    let unverified = dentist.with_token(stack.token(&request).await);
    assert_eq!(unverified.try_connect().await.err().unwrap().status, 403);
}

#[tokio::test]
async fn what_is_not_understood_gets_an_error_frame() {
    let stack = Stack::shared();
    let mut socket = stack.customer().await.connect().await;
    for (said, code, field) in [
        ("", "invalid_json", None),
        ("hello", "invalid_json", None),
        ("[]", "invalid_json", None),
        ("\"ping\"", "invalid_json", None),
        (r#"{"action":"ping""#, "invalid_json", None),
        ("{}", "unknown_action", None),
        (r#"{"action":null}"#, "unknown_action", None),
        (r#"{"action":"$connect"}"#, "unknown_action", None),
        (r#"{"action":"send"}"#, "unknown_action", None),
        (r#"{"action":"typing","typing":true}"#, "invalid_request", Some("session_id")),
        (
            r#"{"action":"typing","session_id":"1","typing":true}"#,
            "invalid_request",
            Some("session_id"),
        ),
        (r#"{"action":"typing","session_id":1,"typing":"yes"}"#, "invalid_request", Some("typing")),
        (
            r#"{"action":"typing","session_id":1,"typing":true,"as":2}"#,
            "invalid_request",
            Some("as"),
        ),
    ] {
        socket.say(said).await;
        let error = socket.expect("error").await;
        assert_eq!((&error["code"], &error["status"]), (&json!(code), &json!(400)), "{said}");
        assert_eq!(error["retryable"], false);
        for member in ["title", "detail", "request_id"] {
            assert!(error[member].is_string(), "{error}");
        }
        let named = error["errors"].as_array().map(|errors| errors[0]["field"].clone());
        assert_eq!(named, field.map(Value::from), "{said}");
    }
    heard_nothing_more([&mut socket]).await;
}

#[tokio::test]
async fn nothing_is_sent_after_the_tokens_end_and_redeliver_closes() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut brief = customer.for_seconds(4).await.connect().await;
    let mut lasting = customer.connect().await;
    dentist.say(session, "in time").await.is(201);
    brief.message(session, 1).await;
    lasting.message(session, 1).await;

    let database = stack.database().await;
    let over = format!(
        "SELECT count(*) FROM websocket_connections WHERE user_type = 'customer' \
         AND user_id = {} AND expires_at <= now()",
        customer.id
    );
    let look = async || (database.number(&over).await == 1).then_some(());
    eventually("the token's end", Duration::from_secs(10), look).await;
    dentist.say(session, "too late").await.is(201);
    lasting.message(session, 2).await;
    // Not even answers are sent.
    brief.say(json!({"action": "ping"})).await;

    stack.redeliver().await;
    brief.closed().await;
    assert_eq!(brief.receive(Duration::ZERO).await, None);
    let known =
        format!("SELECT count(*) FROM websocket_connections WHERE user_id = {}", customer.id);
    assert_eq!(database.number(&known).await, 1);
    heard_nothing_more([&mut lasting]).await;
}

#[tokio::test]
async fn a_connection_lives_two_hours_at_most() {
    let stack = Stack::shared();
    let customer = stack.customer().await.for_seconds(24 * 60 * 60).await;
    let _socket = customer.connect().await;
    let database = stack.database().await;
    let seconds = format!(
        "SELECT extract(epoch FROM expires_at - connected_at)::bigint FROM websocket_connections \
         WHERE user_type = 'customer' AND user_id = {}",
        customer.id
    );
    assert_eq!(database.number(&seconds).await, 2 * 60 * 60);
}

#[tokio::test]
async fn a_connection_that_the_gateway_does_not_know_is_forgotten() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut socket = customer.connect().await;
    let database = stack.database().await;
    // One from long ago, and one that might be just opening.
    for age in ["1 hour", "0 s"] {
        let id = format!("{}=", &new_id().replace('-', "")[..15]);
        database.run(&format!(
            "INSERT INTO websocket_connections (connection_id, user_type, user_id, connected_at, expires_at) \
             VALUES ('{id}', 'customer', {}, now() - interval '{age}', now() + interval '1 hour')",
            customer.id
        )).await;
    }
    dentist.say(session, "who is there?").await.is(201);
    socket.message(session, 1).await;
    let known =
        format!("SELECT count(*) FROM websocket_connections WHERE user_id = {}", customer.id);
    let first = async || (database.number(&known).await == 2).then_some(());
    eventually("the old one forgotten", Duration::from_secs(10), first).await;
    crate::nothing_is_owed(&stack, session).await;

    // The other one has had its time to open.
    database
        .run(&format!(
            "UPDATE websocket_connections SET connected_at = connected_at - interval '10 s' \
             WHERE user_id = {}",
            customer.id
        ))
        .await;
    dentist.say(session, "and now?").await.is(201);
    socket.message(session, 2).await;
    let second = async || (database.number(&known).await == 1).then_some(());
    eventually("both forgotten", Duration::from_secs(10), second).await;
    crate::nothing_is_owed(&stack, session).await;
}

#[tokio::test]
async fn a_closed_connection_is_forgotten() {
    let stack = Stack::shared();
    let customer = stack.customer().await;
    let socket = customer.connect().await;
    let database = stack.database().await;
    let known =
        format!("SELECT count(*) FROM websocket_connections WHERE user_id = {}", customer.id);
    assert_eq!(database.number(&known).await, 1);
    socket.close().await;
    let look = async || (database.number(&known).await == 0).then_some(());
    eventually("forgotten", Duration::from_secs(10), look).await;
}
