//! A read mark by itself and with a send: it reads what is the other side's, in its own session, above the mark
//! before.

use chat_testing::{Chat, Person, Reply, new_id, with_chat};
use serde_json::json;

/// Moves this person's mark.
async fn read(chat: &Chat, with_a_send: bool, person: &Person, session: i64, up_to: i64) -> Reply {
    if with_a_send {
        let body =
            json!({"client_message_id": new_id(), "content": "hello", "read_up_to_seq": up_to});
        return chat.send(person, session, &body).await;
    }
    chat.mark_read(person, session, up_to).await
}

/// The numbers of a session's messages whose columns say that they are read, each with whether that was long ago.
async fn columns(chat: &Chat, session: i64) -> Vec<(i64, bool)> {
    let sql = "SELECT seq, read_at < now() - interval '1 day' FROM chat_messages
        WHERE session_id = $1 AND is_read ORDER BY seq";
    chat.database.rows(sql, &[&session]).await.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn put_off_count(chat: &Chat) -> i64 {
    chat.database.number("SELECT count(*) FROM read_marks", &[]).await
}

#[test]
fn a_mark_writes_the_other_sides_messages_above_the_mark_before_and_no_others() {
    with_chat(async |chat| {
        for with_a_send in [false, true] {
            let (customer, _, session) = chat.conversation().await;
            // Odd ones are the customer's.
            chat.fill(session, 12).await;
            // The first mark is put off: its columns are not written yet, but for one that was long ago.
            for sql in [
                "UPDATE chat_sessions SET customer_read_seq = 4, customer_unread_count = 4 WHERE id = $1",
                "UPDATE chat_messages SET is_read = true, read_at = now() - interval '2 days'
                 WHERE session_id = $1 AND seq = 2",
            ] {
                chat.database.rows(sql, &[&session]).await;
            }
            let status = if with_a_send { 201 } else { 200 };
            assert_eq!(read(chat, with_a_send, &customer, session, 8).await.status, status);
            assert_eq!(columns(chat, session).await, [(2, true), (6, false), (8, false)]);
            assert_eq!(put_off_count(chat).await, 0);
        }
    });
}

/// Messages of a session, `c` the customer's and `d` the dentist's; counted as they come.
async fn say(chat: &Chat, customer: &Person, dentist: &Person, session: i64, sides: &str) {
    for side in sides.chars() {
        chat.say(if side == 'c' { customer } else { dentist }, session, "hello").await;
    }
}

/// How many messages the customer and the dentist have written, as the session knows.
async fn counts(chat: &Chat, session: i64) -> (i64, i64) {
    let sql = "SELECT customer_count, dentist_count FROM chat_sessions WHERE id = $1";
    let row = &chat.database.rows(sql, &[&session]).await[0];
    (row.get(0), row.get(1))
}

#[test]
fn what_is_left_unread_is_counted_in_the_marks_own_session() {
    with_chat(async |chat| {
        for is_counted in [true, false] {
            for with_a_send in [false, true] {
                // Sessions of both, and of neither, which came first and in which others spoke.
                let (customer, dentist) = (chat.customer().await, chat.dentist().await);
                let others = [
                    (customer.clone(), chat.dentist().await),
                    (chat.customer().await, dentist.clone()),
                    (chat.customer().await, chat.dentist().await),
                ];
                for (customer, dentist) in &others {
                    let session = chat.session(customer, dentist).await;
                    say(chat, customer, dentist, session, "ccccccccdddd").await;
                }
                let session = chat.session(&customer, &dentist).await;
                say(chat, &customer, &dentist, session, "dcddcdcdd").await;
                assert_eq!(counts(chat, session).await, (3, 6));
                if !is_counted {
                    // As they are that were written before there were counts.
                    let uncount = "WITH uncounted AS (
                            UPDATE chat_sessions SET customer_count = 0, dentist_count = 0)
                        UPDATE chat_messages SET sender_count = NULL";
                    chat.database.rows(uncount, &[]).await;
                }
                for (up_to, left) in [(3, 4), (7, 2), (9, 0)] {
                    let reply = read(chat, with_a_send, &customer, session, up_to).await;
                    assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
                    let seen = chat.get(&customer, session).await.body;
                    let facts = (&seen["customer_read_seq"], &seen["unread_count"]);
                    assert_eq!(facts, (&json!(up_to), &json!(left)), "{with_a_send} {is_counted}");
                }
            }
        }
    });
}

#[test]
fn a_send_that_is_refused_has_read_nothing() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.fill(session, 12).await;
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        assert_eq!(chat.send(&customer, session, &body).await.status, 201);
        let repeated = json!({
            "client_message_id": body["client_message_id"], "content": "hello", "read_up_to_seq": 8,
        });
        assert_eq!(chat.send(&customer, session, &repeated).await.status, 200);
        assert_eq!(columns(chat, session).await, []);

        let slow = chat.environment_with(&[("SEND_BURST", "1"), ("SEND_WINDOW_SECONDS", "600")]);
        let body = json!({"client_message_id": new_id(), "content": "hello", "read_up_to_seq": 8});
        slow.send(&customer, session, &body).await.assert_problem("rate_limited");
        assert_eq!(columns(chat, session).await, []);

        chat.archive(session).await;
        chat.send(&customer, session, &body).await.assert_problem("session_archived");
        assert_eq!(columns(chat, session).await, []);
        assert_eq!(put_off_count(chat).await, 0);
    });
}
