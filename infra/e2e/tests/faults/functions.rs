//! Functions that are killed.

use crate::turn::Turn;
use chat_e2e::{Reply, SOON, eventually, new_id};
use serde_json::json;
use std::pin::pin;

/// A send waits for a lock no longer than a second: on a busy machine that may be too short to kill it.
const TRIES: usize = 10;

#[tokio::test]
async fn a_function_killed_before_its_commit_leaves_nothing_and_the_retry_succeeds() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    let body = json!({"client_message_id": new_id(), "content": "try again"});
    let mut killed = None;
    for _ in 0..TRIES {
        killed = killed_while_it_waits(&turn, session, customer.send(session, &body)).await;
        if killed.is_some() {
            break;
        }
    }
    let reply = killed.expect("a send is killed while it waits");
    assert_eq!(reply.expect(500), &json!({"message": "Internal Server Error"}));

    let stored = customer.send(session, &body).await;
    assert!([200, 201].contains(&stored.status), "{}", stored.text);
    let messages = dentist.all_messages(session).await;
    assert_eq!((messages.len(), &messages[0]["id"]), (1, &stored.body["id"]));
    crate::time_passes(&turn, session).await;
    turn.redeliver().await;
    crate::nothing_is_owed(&turn, session).await;
}

/// Kills the function that sends a message while it waits for the session's row, which another transaction
/// holds; the gateway's reply. None when it was answered before.
async fn killed_while_it_waits(
    turn: &Turn,
    session: i64,
    send: impl Future<Output = Reply>,
) -> Option<Reply> {
    let mut database = turn.database().await;
    // PostgreSQL finds out about its client's death when it answers: once this is dropped.
    let held = database.transaction().await.unwrap();
    let sql = format!("SELECT FROM chat_sessions WHERE id = {session} FOR UPDATE");
    held.batch_execute(&sql).await.unwrap();
    let watch = turn.database().await;
    let is_waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    let look = async || (watch.number(is_waiting).await > 0).then_some(());
    let mut send = pin!(send);
    tokio::select! {
        reply = &mut send => {
            reply.is_problem(503, "unavailable");
            return None;
        }
        () = eventually("a waiting send", SOON, look) => {}
    }
    let (reply, killed) = tokio::join!(send, turn.kill("send-message"));
    assert_eq!(killed, 1);
    (reply.status != 503).then_some(reply)
}

#[tokio::test]
async fn a_killed_function_is_there_again_for_the_next_request() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    customer.say(session, "before").await.is(201);
    for function in ["send-message", "list-messages", "ws-authorize", "ws-connect", "ws-default"] {
        turn.kill(function).await;
    }
    let mut socket = dentist.connect().await;
    socket.until_pong().await;
    customer.say(session, "after").await.is(201);
    assert_eq!(socket.message(session, 2).await["content"], "after");
    assert_eq!(dentist.all_messages(session).await.len(), 2);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_that_repeats_nothing_of_it() {
    let turn = Turn::begin().await;
    let error = turn.invoke("send-message", &json!({"isBase64Encoded": "somebody's words"})).await;
    let message = "the event is of another shape at byte 37";
    let expected = json!({"errorType": "invalid_request", "errorMessage": message});
    assert_eq!(error.expect(200), &expected);
    let next = turn.invoke("send-message", &json!({})).await;
    assert_eq!(next.expect(200)["statusCode"], 401);
}
