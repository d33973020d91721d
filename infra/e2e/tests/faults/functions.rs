//! Functions that are killed.

use crate::turn::Turn;
use chat_e2e::new_id;
use serde_json::json;

#[tokio::test]
async fn a_function_killed_before_its_commit_leaves_nothing_and_the_retry_succeeds() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    let body = json!({"client_message_id": new_id(), "content": "try again"});
    // While another transaction holds the session's row, the send waits.
    let mut database = turn.database().await;
    let held = database.transaction().await.unwrap();
    let sql = format!("SELECT FROM chat_sessions WHERE id = {session} FOR UPDATE");
    held.batch_execute(&sql).await.unwrap();
    let kill = async {
        let is_waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        let watch = turn.database().await;
        let look = async || (watch.number(is_waiting).await > 0).then_some(());
        chat_e2e::eventually("a waiting send", std::time::Duration::from_secs(5), look).await;
        turn.kill("send-message").await
    };
    let (reply, killed) = tokio::join!(customer.send(session, &body), kill);
    assert_eq!(killed, 1);
    assert_eq!(reply.expect(500), &json!({"message": "Internal Server Error"}));
    // PostgreSQL finds out about its client's death when it answers.
    drop(held);

    let stored = customer.send(session, &body).await;
    assert!([200, 201].contains(&stored.status), "{}", stored.text);
    let messages = dentist.all_messages(session).await;
    assert_eq!((messages.len(), &messages[0]["id"]), (1, &stored.body["id"]));
    crate::time_passes(&turn, session).await;
    turn.redeliver().await;
    crate::nothing_is_owed(&turn, session).await;
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
