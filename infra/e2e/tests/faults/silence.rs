//! Connections that the network forgot: nobody closes them, and they stay silent. Whoever has one takes
//! another within a share of the time limit.

use crate::{conversation_with_phone, keys_of_pushes, nothing_is_owed, postgres, turn::Turn};
use chat_e2e::{Condition, Dependency, Image, Person, Stack, new_id};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// The contract: within 4 seconds.
const LIMIT: Duration = Duration::from_secs(4);
/// Functions that connect anew at the same time: more of them are slow on a small machine.
const AT_ONCE: usize = 3;

/// Every operation of the HTTP API succeeds in time.
async fn every_operation_succeeds(customer: &Person, dentist: &Person, session: i64) {
    for requests in postgres::requests(session, dentist).chunks(AT_ONCE) {
        let asked = requests.iter().map(async |(method, path, body)| {
            let person = if method == Method::PATCH { dentist } else { customer };
            let reply = person.call(method.clone(), path, body.as_ref()).await;
            assert!(reply.status < 300, "{method} {path}: {}", reply.text);
            assert!(reply.took < LIMIT, "{method} {path}: {:?}", reply.took);
        });
        futures_util::future::join_all(asked).await;
    }
}

/// So does whatever runs for a WebSocket, and by the clock.
async fn every_other_function_succeeds(turn: &Stack, customer: &Person, session: i64) {
    let mut socket = customer.connect().await;
    socket.say(json!({"action": "typing", "session_id": session, "typing": true})).await;
    socket.until_pong().await;
    turn.redeliver().await;
    turn.run_schedule("archive-sessions").await.is(200);
    socket.close().await;
}

/// How many invocations have failed so far, by function.
async fn errors(turn: &Stack) -> Vec<(&'static str, Value)> {
    let mut errors = Vec::new();
    for function in ["redeliver", "archive-sessions", "ws-connect", "ws-default", "ws-disconnect"] {
        errors.push((function, turn.statistics(function).await["errors"].clone()));
    }
    errors
}

#[tokio::test]
async fn a_connection_to_a_database_that_the_network_forgot_costs_no_function_its_answer() {
    let turn = Turn::begin().await;
    // Other tests kill functions.
    let errors_before = errors(&turn).await;
    let (customer, dentist, session) = turn.conversation().await;
    every_operation_succeeds(&customer, &dentist, session).await;
    every_other_function_succeeds(&turn, &customer, session).await;
    for database in [Dependency::Postgres, Dependency::MySql] {
        turn.set(database, Condition::Forgotten).await;
        every_operation_succeeds(&customer, &dentist, session).await;
        every_other_function_succeeds(&turn, &customer, session).await;
    }
    assert_eq!(customer.get_session(session).await.expect(200)["dentist"]["name"], dentist.name);
    assert_eq!(errors(&turn).await, errors_before);
}

#[tokio::test]
async fn a_connection_to_s3_that_the_network_forgot_costs_no_message_its_images() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    let mut keys = Vec::new();
    for _ in 0..2 {
        keys.push(customer.upload(session, &Image::jpeg()).await);
    }
    for key in keys {
        let body = json!({"client_message_id": new_id(), "image_urls": [key]});
        let sent = customer.send(session, &body).await;
        sent.is(201);
        assert!(sent.took < LIMIT, "{:?}", sent.took);
        // The tag is taken off its image over the same connections.
        nothing_is_owed(&turn, session).await;
        turn.set(Dependency::S3, Condition::Forgotten).await;
    }
    assert_eq!(dentist.all_messages(session).await.len(), 2);
}

#[tokio::test]
async fn a_connection_to_the_provider_that_the_network_forgot_costs_no_phone_its_push() {
    let turn = Turn::begin().await;
    let (_, dentist, session, player) = conversation_with_phone(&turn).await;
    for text in ["before", "after"] {
        dentist.say(session, text).await.is(201);
        nothing_is_owed(&turn, session).await;
        turn.set(Dependency::OneSignal, Condition::Forgotten).await;
    }
    // What was said over the forgotten connection never came.
    assert_eq!(turn.pushes_to(&player).await.len(), 2);
    assert_eq!(keys_of_pushes(&turn, &player).await.len(), 2);
}
