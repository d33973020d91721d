//! The chat's own database: away, frozen, restarted, full, read-only.

use crate::turn::Turn;
use chat_e2e::{Condition, Dependency, Person, Reply, SOON, eventually, new_id};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// The contract: within 4 seconds.
const LIMIT: Duration = Duration::from_secs(4);

/// One request of each operation, which succeeds on a good day.
pub fn requests(session: i64, dentist: &Person) -> Vec<(Method, String, Option<Value>)> {
    let path = |rest: &str| format!("/sessions/{session}{rest}");
    vec![
        (Method::POST, "/sessions".to_owned(), Some(json!({"dentist_id": dentist.id}))),
        (Method::GET, "/sessions".to_owned(), None),
        (Method::GET, path(""), None),
        (Method::PATCH, path(""), Some(json!({"status": "active"}))),
        (Method::GET, path("/messages"), None),
        (
            Method::POST,
            path("/messages"),
            Some(json!({"client_message_id": new_id(), "content": "x"})),
        ),
        (Method::POST, path("/read"), Some(json!({"up_to_seq": 0}))),
        (
            Method::POST,
            path("/uploads"),
            Some(json!({"content_type": "image/png", "content_length": 9})),
        ),
        (Method::PUT, "/players".to_owned(), Some(json!({"onesignal_player_id": new_id()}))),
        (Method::DELETE, "/players".to_owned(), None),
    ]
}

/// All of them at once, each by someone who may.
pub async fn ask_all(customer: &Person, dentist: &Person, session: i64) -> Vec<Reply> {
    let ask = async |(method, path, body): (Method, String, Option<Value>)| {
        let person = if method == Method::PATCH { dentist } else { customer };
        person.call(method, &path, body.as_ref()).await
    };
    join_all(requests(session, dentist).into_iter().map(ask)).await
}

#[tokio::test]
async fn without_postgres_every_operation_says_so_within_four_seconds() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    for condition in [Condition::Frozen, Condition::Down] {
        assert!(ask_all(&customer, &dentist, session).await.iter().all(|reply| reply.status < 300));
        turn.set(Dependency::Postgres, condition).await;
        // With a connection from before, and the second time without.
        for _ in 0..2 {
            for reply in ask_all(&customer, &dentist, session).await {
                reply.is_problem(503, "unavailable");
                assert!(reply.took < LIMIT, "{:?}", reply.took);
            }
        }
        turn.set(Dependency::Postgres, Condition::Up).await;
        is_back(&customer, &dentist, session).await;
    }
}

/// Every operation works again soon.
async fn is_back(customer: &Person, dentist: &Person, session: i64) {
    let look = async || {
        let replies = ask_all(customer, dentist, session).await;
        replies.iter().all(|reply| reply.status < 300).then_some(())
    };
    eventually("the service", SOON, look).await;
    let mut socket = customer.connect().await;
    dentist.say(session, "back").await.is(201);
    assert_eq!(socket.expect("message.created").await["message"]["content"], "back");
}

#[tokio::test]
async fn a_restart_costs_at_most_a_retry() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    let mut sent = 0;
    for _ in 0..2 {
        customer.say(session, "before").await.is(201);
        turn.set(Dependency::Postgres, Condition::Restarted).await;
        let body = json!({"client_message_id": new_id(), "content": "after"});
        let look = async || {
            let reply = customer.send(session, &body).await;
            if reply.status == 503 {
                reply.is_problem(503, "unavailable");
                return None;
            }
            Some(reply)
        };
        let reply = eventually("the service", SOON, look).await;
        assert!([200, 201].contains(&reply.status), "{}", reply.text);
        sent += 2;
    }
    let seqs: Vec<_> =
        dentist.all_messages(session).await.iter().map(|m| m["seq"].clone()).collect();
    assert_eq!(json!(seqs), json!((1..=sent).collect::<Vec<_>>()));
}

#[tokio::test]
async fn out_of_connections_is_said_in_time_and_passes() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    let database = turn.database().await;
    database.run("ALTER DATABASE chat CONNECTION LIMIT 0").await;
    turn.kill("send-message").await;
    let reply = customer.say(session, "no room").await;
    database.run("ALTER DATABASE chat CONNECTION LIMIT -1").await;
    reply.is_problem(503, "unavailable");
    assert!(reply.took < LIMIT, "{:?}", reply.took);
    customer.say(session, "room again").await.is(201);
    assert_eq!(dentist.all_messages(session).await.len(), 1);
}

#[tokio::test]
async fn a_failover_to_a_reader_is_left_for_the_writer() {
    let turn = Turn::begin().await;
    let (customer, _, session) = turn.conversation().await;
    let database = turn.database().await;
    database.run("ALTER DATABASE chat SET default_transaction_read_only = on").await;
    turn.kill("send-message").await;
    let reply = customer.say(session, "to a reader").await;
    database.run("ALTER DATABASE chat RESET default_transaction_read_only").await;
    reply.is_problem(503, "unavailable");
    // The environment lives on, and finds the writer by itself.
    customer.say(session, "to the writer").await.is(201);
}

#[tokio::test]
async fn a_lock_that_is_not_given_back_holds_up_its_session_only() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    let other = turn.customer().await;
    let elsewhere = other.create_session(&dentist).await.id(201);
    let mut database = turn.database().await;
    let lock = database.transaction().await.unwrap();
    let sql = format!("SELECT FROM chat_sessions WHERE id = {session} FOR UPDATE");
    lock.batch_execute(&sql).await.unwrap();
    let held_up = customer.say(session, "held up").await;
    held_up.is_problem(503, "unavailable");
    assert!(held_up.took < LIMIT, "{:?}", held_up.took);
    other.say(elsewhere, "not held up").await.is(201);
    // Readers do not wait.
    assert!(dentist.all_messages(session).await.is_empty());
    drop(lock);
    customer.say(session, "on its way").await.is(201);
}
