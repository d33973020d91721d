//! What was read with a reply: `read_up_to_seq`.

use chat_testing::{Chat, Event, Operation, Person, Reply, new_id, with_chat};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

/// A reply that says what its sender has read.
fn body(up_to: i64) -> Value {
    json!({"client_message_id": new_id(), "content": "hello", "read_up_to_seq": up_to})
}

async fn reply_to(chat: &Chat, person: &Person, session: i64, up_to: i64) -> Reply {
    chat.send(person, session, &body(up_to)).await
}

/// The person's mark, and what is left unread.
async fn mark(chat: &Chat, person: &Person, session: i64) -> (i64, i64) {
    let seen = chat.get(person, session).await.body;
    let number = |name: &str| seen[name].as_i64().unwrap_or(-1);
    (number(&format!("{}_read_seq", person.role.as_str())), number("unread_count"))
}

#[test]
fn a_reply_marks_what_was_read_before_it() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for _ in 0..3 {
            chat.say(&dentist, session, "hello").await;
        }
        let reply = reply_to(chat, &customer, session, 2).await;
        assert_eq!((&reply.expect(201)["seq"], &reply.body["is_read"]), (&json!(4), &json!(false)));
        assert_eq!(mark(chat, &customer, session).await, (2, 1));
        assert_eq!(mark(chat, &dentist, session).await, (0, 1));
        let page = chat.list(&dentist, session, &[]).await.body;
        let messages = page["messages"].as_array().unwrap();
        let read: Vec<_> = messages.iter().map(|message| message["is_read"] == true).collect();
        assert_eq!(read, [true, true, false, false]);
        // Never back, and not again.
        assert_eq!(reply_to(chat, &customer, session, 1).await.status, 201);
        assert_eq!(mark(chat, &customer, session).await, (2, 1));
        assert_eq!(reply_to(chat, &customer, session, 4).await.status, 201);
        assert_eq!(mark(chat, &customer, session).await, (4, 0));
    });
}

#[test]
fn both_sides_hear_of_the_mark_and_of_the_message() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&dentist, session, "hello").await;
        chat.say(&dentist, session, "hello").await;
        let own = chat.connect(&customer).await;
        let (tablet, desk) = (chat.connect(&customer).await, chat.connect(&dentist).await);
        let mut event =
            Event::of(Operation::SendMessage, &customer).session(session).json(&body(1));
        event.0["headers"]["chat-connection"] = json!(own);
        let reply = chat.invoke(Operation::SendMessage, event).await;
        assert_eq!(reply.status, 201);
        assert_eq!(owed(chat, session).await, 2);
        chat.deliver(reply).await;
        assert_eq!(owed(chat, session).await, 0);
        assert!(chat.gateway.frames(&own).is_empty());
        for (connection, unread_count) in [(&tablet, Some(1)), (&desk, None)] {
            let frames = chat.gateway.frames(connection);
            let of = |kind: &str| {
                frames.iter().filter(|frame| frame["type"] == kind).collect::<Vec<_>>()
            };
            let [read] = of("messages.read")[..] else { panic!("{frames:?}") };
            let facts = (&read["reader"], &read["up_to_seq"], read["unread_count"].as_i64());
            assert_eq!(facts, (&json!("customer"), &json!(1), unread_count));
            let [created] = of("message.created")[..] else { panic!("{frames:?}") };
            assert_eq!((frames.len(), &created["seq"]), (2, &json!(3)));
        }
    });
}

async fn owed(chat: &Chat, session: i64) -> i64 {
    let sql = "SELECT count(*) FROM outbox WHERE session_id = $1 AND work = 'frames'
        AND (change = 'customer_read' OR seq = 3)";
    chat.database.number(sql, &[&session]).await
}

#[test]
fn a_mark_beyond_the_last_message_stores_nothing() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let beyond = [("read_up_to_seq", "is beyond the last message")];
        assert_eq!(reply_to(chat, &customer, session, 0).await.status, 201);
        // The message itself is not there yet.
        for up_to in [2, i64::MAX] {
            reply_to(chat, &customer, session, up_to).await.assert_invalid(&beyond);
        }
        // An image is looked at later.
        let image =
            json!({"client_message_id": new_id(), "image_urls": ["x"], "read_up_to_seq": 2});
        chat.send(&customer, session, &image).await.assert_invalid(&beyond);
        assert_eq!(chat.get(&dentist, session).await.body["last_seq"], 1);
        reply_to(chat, &chat.customer().await, session, 2)
            .await
            .assert_problem("session_not_found");
        for wrong in [json!(-1), json!("1"), json!(null), json!(1.5)] {
            let mut body = body(0);
            body["read_up_to_seq"] = wrong;
            let reply = chat.send(&customer, session, &body).await;
            reply.assert_invalid(&[("read_up_to_seq", "must be a whole number, 0 or more")]);
        }
    });
}

#[test]
fn a_retry_moves_nothing_whatever_it_says() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for _ in 0..3 {
            chat.say(&dentist, session, "hello").await;
        }
        let first = body(1);
        let stored = chat.send(&customer, session, &first).await;
        assert_eq!(stored.status, 201);
        for up_to in [json!(3), json!(0), json!(1_000)] {
            let mut again = first.clone();
            again["read_up_to_seq"] = up_to;
            let reply = chat.send(&customer, session, &again).await;
            assert_eq!(reply.expect(200), &stored.body);
            assert!(reply.delivery.is_none());
        }
        assert_eq!(mark(chat, &customer, session).await, (1, 2));
    });
}

#[test]
fn a_refused_message_moves_nothing() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&dentist, session, "hello").await;
        let environment =
            chat.environment_with(&[("SEND_BURST", "1"), ("SEND_WINDOW_SECONDS", "600")]);
        let mut reused = body(0);
        assert_eq!(environment.send(&customer, session, &reused).await.status, 201);
        let limited = environment.send(&customer, session, &body(1)).await;
        limited.assert_problem("rate_limited");
        reused["content"] = json!("other");
        reused["read_up_to_seq"] = json!(1);
        chat.send(&customer, session, &reused).await.assert_problem("client_message_id_reused");
        chat.archive(session).await;
        reply_to(chat, &customer, session, 1).await.assert_problem("session_archived");
        assert_eq!(mark(chat, &customer, session).await, (0, 1));
    });
}

#[test]
fn a_mark_over_very_many_messages_leaves_their_columns_for_later() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.fill(session, 3_000).await;
        let unlimited = chat.environment_with(&[("SEND_BURST", "0")]);
        assert_eq!(unlimited.send(&customer, session, &body(3_000)).await.status, 201);
        assert_eq!(mark(chat, &customer, session).await, (3_000, 0));
        let marked = "SELECT count(*) FROM chat_messages WHERE session_id = $1 AND is_read";
        assert_eq!(chat.database.number(marked, &[&session]).await, 0);
        let page = chat.list(&customer, session, &[("after", 1), ("limit", 1)]).await.body;
        assert_eq!(page["messages"][0]["is_read"], true);
        assert!(page["messages"][0]["read_at"].is_string());
    });
}

#[test]
fn replies_at_once_keep_the_counts_true() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let environments = chat.environments(8, &[("SEND_BURST", "0")]).await;
        let (of_customer, of_dentist) = environments.split_at(4);
        let talk = async |environment: &chat_testing::Environment, person: &Person| {
            for _ in 0..15 {
                let seen = environment.get(person, session).await.body;
                let up_to = seen["last_seq"].as_i64().unwrap();
                assert_eq!(environment.send(person, session, &body(up_to)).await.status, 201);
            }
        };
        join(
            join_all(of_customer.iter().map(|environment| talk(environment, &customer))),
            join_all(of_dentist.iter().map(|environment| talk(environment, &dentist))),
        )
        .await;
        let unread =
            "SELECT count(*) FROM chat_messages m JOIN chat_sessions s ON s.id = m.session_id
            WHERE s.id = $1 AND NOT m.is_read AND m.sender_type = 'dentist'
              AND m.seq > s.customer_read_seq";
        let counted = chat.database.number(unread, &[&session]).await;
        let (mark, unread) = mark(chat, &customer, session).await;
        assert_eq!(unread, counted);
        let columns = "SELECT count(*) FROM chat_messages WHERE session_id = $1
            AND sender_type = 'dentist' AND is_read <> (seq <= $2)";
        assert_eq!(chat.database.number(columns, &[&session, &mark]).await, 0);
        assert_eq!(chat.get(&customer, session).await.body["last_seq"], 120);
    });
}
