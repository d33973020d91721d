//! Connections: how they are opened, what they say, and how they end.

use crate::heard_nothing_more;
use chat_e2e::{SOON, Stack, TokenPlace, eventually};
use serde_json::json;
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
async fn nothing_is_sent_after_a_connections_end_and_redeliver_closes_it() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut brief = customer.connect().await;
    let database = stack.database().await;
    let known =
        format!("SELECT count(*) FROM websocket_connections WHERE user_id = {}", customer.id);
    let end = format!(
        "UPDATE websocket_connections SET expires_at = now() \
         WHERE user_type = 'customer' AND user_id = {}",
        customer.id
    );
    dentist.say(session, "in time").await.is(201);
    brief.message(session, 1).await;

    crate::nothing_is_owed(&stack, session).await;
    database.run(&end).await;
    let mut lasting = customer.connect().await;
    dentist.say(session, "too late").await.is(201);
    lasting.message(session, 2).await;
    // Not even answers are sent.
    brief.say(json!({"action": "ping"})).await;

    stack.redeliver().await;
    brief.closed().await;
    assert_eq!(brief.receive(Duration::ZERO).await, None);
    assert_eq!(database.number(&known).await, 1);
    heard_nothing_more([&mut lasting]).await;
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
    eventually("forgotten", SOON, look).await;
}

#[tokio::test]
async fn a_new_session_reaches_the_other_side_online() {
    let stack = Stack::shared();
    let (customer, dentist) = (stack.customer().await, stack.dentist().await);
    let mut socket = dentist.connect().await;
    let session = customer.create_session(&dentist).await.id(201);
    assert_eq!(socket.expect("session.created").await["session"]["id"], session);
}

#[tokio::test]
async fn whose_token_is_revoked_is_out_on_each_way_and_in_again_with_a_new_one() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut socket = dentist.connect().await;
    let revoked = stack.invoke("revoke-tokens", &json!({"dentist_id": dentist.id})).await;
    assert_eq!(revoked.expect(200)["connections"], 1);

    customer.say(session, "to nobody").await.is(201);
    stack.redeliver().await;
    socket.closed().await;
    assert_eq!(socket.receive(Duration::ZERO).await, None);
    let refusal = dentist.try_connect().await.err().expect("refused");
    assert_eq!(refusal.status, 401);
    // What an environment knows may be ten seconds old.
    let refused = async || (dentist.get_session(session).await.status == 401).then_some(());
    eventually("refused", SOON, refused).await;

    // A token says in which second it was issued: until the next one begins, a new one is as old.
    let renewed = async || {
        let token = stack.token(&dentist.token_request()).await;
        let dentist = dentist.with_token(token);
        (dentist.get_session(session).await.status == 200).then_some(dentist)
    };
    let dentist = eventually("let in again", SOON, renewed).await;
    dentist.connect().await;
    customer.get_session(session).await.is(200);
}
