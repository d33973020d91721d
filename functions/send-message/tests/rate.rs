//! How fast a sender may write.

use chat_testing::{Reply, new_id, with_chat};
use serde_json::json;

#[test]
fn the_thirty_first_message_within_the_window_is_refused() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for _ in 0..30 {
            chat.say(&customer, session, "hello").await;
        }
        // However long that took.
        chat.database.rows("UPDATE chat_messages SET created_at = now()", &[]).await;
        let body = json!({"client_message_id": new_id(), "content": "one too many"});
        let refused = chat.send(&customer, session, &body).await;
        refused.assert_problem("rate_limited");
        let wait: u64 = refused.headers["retry-after"].parse().unwrap();
        assert!((1..=10).contains(&wait), "{wait}");

        // The other side, and another session, have a pace of their own.
        chat.say(&dentist, session, "hello").await;
        let elsewhere = chat.session(&customer, &chat.dentist().await).await;
        chat.say(&customer, elsewhere, "hello").await;
        assert_eq!(chat.get(&customer, session).await.body["last_seq"], 31);
    });
}

#[test]
fn a_sender_may_go_on_when_the_window_has_passed() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let environment =
            chat.environment_with(&[("SEND_BURST", "3"), ("SEND_WINDOW_SECONDS", "600")]);
        for _ in 0..3 {
            environment.say(&customer, session, "hello").await;
        }
        let body = json!({"client_message_id": new_id(), "content": "later"});
        environment.send(&customer, session, &body).await.assert_problem("rate_limited");

        age(chat, "600.1 seconds", "seq = 1").await;
        assert_eq!(environment.send(&customer, session, &body).await.status, 201);
        let body = json!({"client_message_id": new_id(), "content": "again too many"});
        environment.send(&customer, session, &body).await.assert_problem("rate_limited");
    });
}

#[test]
fn waiting_as_told_is_enough() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let environment =
            chat.environment_with(&[("SEND_BURST", "2"), ("SEND_WINDOW_SECONDS", "600")]);
        environment.say(&customer, session, "hello").await;
        environment.say(&customer, session, "hello").await;
        age(chat, "200 seconds", "seq = 1").await;
        let body = json!({"client_message_id": new_id(), "content": "later"});
        let refused = environment.send(&customer, session, &body).await;
        refused.assert_problem("rate_limited");
        let wait: u64 = refused.headers["retry-after"].parse().unwrap();
        assert!((300..=400).contains(&wait), "{wait}");
        age(chat, &format!("{wait} seconds"), "true").await;
        assert_eq!(environment.send(&customer, session, &body).await.status, 201);
    });
}

#[test]
fn retries_are_never_limited() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let environment =
            chat.environment_with(&[("SEND_BURST", "2"), ("SEND_WINDOW_SECONDS", "600")]);
        let body = json!({"client_message_id": new_id(), "content": "first"});
        assert_eq!(environment.send(&customer, session, &body).await.status, 201);
        environment.say(&customer, session, "second").await;
        for _ in 0..5 {
            assert_eq!(environment.send(&customer, session, &body).await.status, 200);
        }
        let changed = json!({"client_message_id": body["client_message_id"], "content": "other"});
        let changed = environment.send(&customer, session, &changed).await;
        changed.assert_problem("client_message_id_reused");
    });
}

#[test]
fn the_other_sides_messages_between_do_not_hide_ones_own() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let environment =
            chat.environment_with(&[("SEND_BURST", "4"), ("SEND_WINDOW_SECONDS", "600")]);
        for _ in 0..4 {
            environment.say(&customer, session, "hello").await;
        }
        for _ in 0..4 {
            environment.say(&dentist, session, "hello").await;
        }
        for person in [&customer, &dentist] {
            let body = json!({"client_message_id": new_id(), "content": "too many"});
            environment.send(person, session, &body).await.assert_problem("rate_limited");
        }
    });
}

#[test]
fn a_burst_of_zero_is_no_limit() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let environment = chat.environment_with(&[("SEND_BURST", "0")]);
        for _ in 0..40 {
            environment.say(&customer, session, "hello").await;
        }
    });
}

#[test]
fn an_archived_session_is_said_to_be_so_before_the_pace_is() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let environment =
            chat.environment_with(&[("SEND_BURST", "1"), ("SEND_WINDOW_SECONDS", "600")]);
        environment.say(&customer, session, "hello").await;
        chat.archive(session).await;
        let body = json!({"client_message_id": new_id(), "content": "no"});
        let reply: Reply = environment.send(&customer, session, &body).await;
        reply.assert_problem("session_archived");
    });
}

/// Makes messages older than they are.
async fn age(chat: &chat_testing::Chat, by: &str, which: &str) {
    let sql =
        format!("UPDATE chat_messages SET created_at = created_at - interval '{by}' WHERE {which}");
    chat.database.rows(&sql, &[]).await;
}
