//! Read marks: what they change, and that they never move back.

use chat_testing::{Chat, Event, Operation, new_id, with_chat};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

#[test]
fn exactly_the_other_sides_messages_up_to_the_mark_become_read() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for person in [&customer, &dentist, &dentist, &customer, &dentist] {
            chat.say(person, session, "hello").await;
        }
        let reply = chat.mark_read(&customer, session, 3).await;
        let expected =
            json!({"session_id": session, "up_to_seq": 3, "marked": 2, "unread_count": 1});
        assert_eq!(reply.expect(200), &expected);

        let page = chat.list(&dentist, session, &[]).await.body;
        let messages = page["messages"].as_array().unwrap();
        let read: Vec<_> = messages.iter().map(|message| message["is_read"] == true).collect();
        assert_eq!(read, [false, true, true, false, false]);
        assert!(messages[1]["read_at"].is_string());
        assert_eq!(messages[1]["read_at"], messages[2]["read_at"]);
        assert_eq!((&page["customer_read_seq"], &page["dentist_read_seq"]), (&json!(3), &json!(0)));
    });
}

#[test]
fn the_mark_never_moves_back() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for _ in 0..4 {
            chat.say(&dentist, session, "hello").await;
        }
        chat.mark_read(&customer, session, 3).await;
        let before = chat.list(&customer, session, &[]).await.body;
        for earlier in [0, 1, 3] {
            let reply = chat.mark_read(&customer, session, earlier).await;
            let expected =
                json!({"session_id": session, "up_to_seq": 3, "marked": 0, "unread_count": 1});
            assert_eq!(reply.expect(200), &expected);
            assert!(reply.delivery.is_none());
        }
        assert_eq!(chat.list(&customer, session, &[]).await.body, before);
    });
}

#[test]
fn a_mark_ends_where_the_session_ends() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let beyond = [("up_to_seq", "is beyond the last message")];
        assert_eq!(chat.mark_read(&customer, session, 0).await.expect(200)["up_to_seq"], 0);
        chat.mark_read(&customer, session, 1).await.assert_invalid(&beyond);
        chat.say(&dentist, session, "hello").await;
        chat.mark_read(&customer, session, 2).await.assert_invalid(&beyond);
        chat.mark_read(&customer, session, i64::MAX).await.assert_invalid(&beyond);
        assert_eq!(chat.get(&customer, session).await.body["unread_count"], 1);
        assert_eq!(chat.mark_read(&customer, session, 1).await.expect(200)["marked"], 1);
    });
}

#[test]
fn sending_moves_no_mark() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&dentist, session, "hello").await;
        chat.say(&customer, session, "hello").await;
        let seen = chat.get(&customer, session).await.body;
        assert_eq!((&seen["customer_read_seq"], &seen["unread_count"]), (&json!(0), &json!(1)));
    });
}

#[test]
fn ones_own_messages_can_be_passed_without_marking_any() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let reply = chat.mark_read(&customer, session, 1).await;
        let expected =
            json!({"session_id": session, "up_to_seq": 1, "marked": 0, "unread_count": 0});
        assert_eq!(reply.expect(200), &expected);
        assert!(reply.delivery.is_some());
    });
}

#[test]
fn an_archived_session_can_be_marked() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&dentist, session, "hello").await;
        chat.archive(session).await;
        assert_eq!(chat.mark_read(&customer, session, 1).await.expect(200)["marked"], 1);
    });
}

#[test]
fn both_sides_hear_of_a_mark_that_moved() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&dentist, session, "hello").await;
        let connections = [chat.connect(&customer).await, chat.connect(&dentist).await];
        let stranger = chat.connect(&chat.people.namesake(&customer).await).await;
        let reply = chat.mark_read(&customer, session, 1).await;
        chat.deliver(reply).await;
        let message = chat.list(&customer, session, &[]).await.body["messages"][0].clone();
        let frame = json!({
            "type": "messages.read", "session_id": session, "reader": "customer", "up_to_seq": 1,
            "read_at": message["read_at"],
        });
        let [readers, others] = &connections;
        assert_eq!(chat.gateway.frames(others), std::slice::from_ref(&frame));
        // Only the reader hears how many are left.
        let mut own = frame;
        own["unread_count"] = json!(0);
        assert_eq!(chat.gateway.frames(readers), [own]);
        assert!(chat.gateway.frames(&stranger).is_empty());
    });
}

#[test]
fn the_request_is_one_number() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let wrong = "must be a whole number, 0 or more";
        for (body, errors) in [
            (json!({}), vec![("up_to_seq", "is required")]),
            (json!({"up_to_seq": -1}), vec![("up_to_seq", wrong)]),
            (json!({"up_to_seq": "1"}), vec![("up_to_seq", wrong)]),
            (json!({"up_to_seq": 1.5}), vec![("up_to_seq", wrong)]),
            (json!({"up_to_seq": null}), vec![("up_to_seq", wrong)]),
            (json!({"up_to_seq": 1_u64 << 63}), vec![("up_to_seq", wrong)]),
            (json!({"up_to_seq": 0, "seq": 0}), vec![("seq", "is not a field of this request")]),
        ] {
            let event = Event::of(Operation::MarkRead, &customer).session(session).json(&body);
            chat.invoke(Operation::MarkRead, event).await.assert_invalid(&errors);
        }
    });
}

#[test]
fn marks_and_sends_at_once_keep_the_counts_true() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let senders = chat.environments(4, &[("SEND_BURST", "0")]).await;
        let readers = chat.environments(6, &[]).await;
        let sends = senders.iter().enumerate().map(|(number, environment)| {
            let person = if number % 2 == 0 { &customer } else { &dentist };
            async move {
                for _ in 0..30 {
                    environment.say(person, session, "hello").await;
                }
            }
        });
        let reads = readers.iter().enumerate().map(|(number, environment)| {
            let person = if number % 2 == 0 { &customer } else { &dentist };
            async move {
                let mut mark = 0;
                while mark < 120 {
                    let last =
                        environment.get(person, session).await.body["last_seq"].as_i64().unwrap();
                    let reply = environment.mark_read(person, session, last).await;
                    let answered = reply.expect(200)["up_to_seq"].as_i64().unwrap();
                    assert!(answered >= last && answered >= mark, "the mark moved back");
                    mark = answered;
                }
            }
        });
        join(join_all(sends), join_all(reads)).await;
        assert_counts_are_true(chat, session).await;
        assert_eq!(chat.get(&customer, session).await.body["unread_count"], 0);
        assert_eq!(chat.get(&dentist, session).await.body["unread_count"], 0);
    });
}

#[test]
fn counts_are_true_while_marks_are_behind() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for (number, up_to) in [(3, 1), (2, 4), (4, 5), (1, 9)] {
            for _ in 0..number {
                chat.say(&customer, session, "hello").await;
                chat.say(&dentist, session, "hello").await;
            }
            assert_eq!(chat.mark_read(&customer, session, up_to).await.status, 200);
            assert_eq!(chat.mark_read(&dentist, session, up_to + 1).await.status, 200);
            assert_counts_are_true(chat, session).await;
        }
    });
}

#[test]
fn parallel_marks_of_one_reader_mark_each_message_once() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for _ in 0..20 {
            chat.say(&dentist, session, "hello").await;
        }
        let environments = chat.environments(20, &[]).await;
        let marks = (1..)
            .zip(&environments)
            .map(|(up_to, environment)| environment.mark_read(&customer, session, up_to));
        let replies = join_all(marks).await;
        let marked: i64 = replies.iter().filter_map(|reply| reply.body["marked"].as_i64()).sum();
        assert_eq!(marked, 20);
        for reply in &replies {
            let (mark, unread) = (&reply.expect(200)["up_to_seq"], &reply.body["unread_count"]);
            assert_eq!(mark.as_i64().unwrap() + unread.as_i64().unwrap(), 20);
        }
        assert_counts_are_true(chat, session).await;
    });
}

#[test]
fn a_mark_is_not_moved_by_strangers() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&dentist, session, new_id().as_str()).await;
        let stranger = chat.people.namesake(&dentist).await;
        chat.mark_read(&stranger, session, 1).await.assert_problem("session_not_found");
        assert_eq!(chat.get(&customer, session).await.body["unread_count"], 1);
    });
}

/// What the session's row says is what its messages say.
async fn assert_counts_are_true(chat: &Chat, session: i64) {
    let sql = "SELECT s.customer_unread_count, s.dentist_unread_count,
            count(*) FILTER (WHERE m.sender_type = 'dentist' AND NOT m.is_read),
            count(*) FILTER (WHERE m.sender_type = 'customer' AND NOT m.is_read),
            count(*) FILTER (WHERE m.sender_type = 'dentist' AND m.is_read <> (m.seq <= s.customer_read_seq)),
            count(*) FILTER (WHERE m.sender_type = 'customer' AND m.is_read <> (m.seq <= s.dentist_read_seq)),
            s.last_seq - count(*)
        FROM chat_sessions s JOIN chat_messages m ON m.session_id = s.id
        WHERE s.id = $1 GROUP BY s.id";
    let rows = chat.database.rows(sql, &[&session]).await;
    let numbers: Vec<i64> = (0..7).map(|column| rows[0].get(column)).collect();
    let counted = json!([numbers[0], numbers[1], 0, 0, 0]);
    let recounted: Value = json!([numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]]);
    assert_eq!(counted, recounted);
}
