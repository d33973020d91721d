//! What a correction does, and who may make one.

use chat_testing::{Chat, new_id, with_chat};
use serde_json::{Value, json};

#[test]
fn a_correction_takes_the_place_of_the_text_and_says_when() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let sent = chat.say(&customer, session, "ten milligrams").await;
        chat.say(&dentist, session, "Are you sure?").await;
        let before = chat.get(&dentist, session).await.body;
        let reply = chat.correct(&customer, session, 1, "one milligram").await;
        let corrected = reply.expect(200);
        assert!(corrected["corrected_at"].as_str() > sent["created_at"].as_str());
        let mut expected = sent.clone();
        expected["content"] = json!("one milligram");
        expected["corrected_at"] = corrected["corrected_at"].clone();
        assert_eq!(*corrected, expected);

        for person in [&customer, &dentist] {
            assert_eq!(chat.list(person, session, &[]).await.body["messages"][0], expected);
        }
        // Nothing of the session changes by it.
        assert_eq!(chat.get(&dentist, session).await.body, before);
    });
}

#[test]
fn what_was_replaced_is_kept_for_the_record_and_shown_to_nobody() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "first").await;
        for content in ["second", "third"] {
            assert_eq!(chat.correct(&customer, session, 1, content).await.status, 200);
        }
        let sql = "SELECT content, act::text, replaced_at > now() - interval '1 minute'
            FROM chat_message_revisions WHERE session_id = $1 AND seq = 1 ORDER BY id";
        let kept = chat.database.rows(sql, &[&session]).await;
        let kept: Vec<(String, String, bool)> =
            kept.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        let kept_as = |content: &str| (content.to_owned(), "correction".to_owned(), true);
        assert_eq!(kept, [kept_as("first"), kept_as("second")]);
        for person in [&customer, &dentist] {
            for text in [chat.list(person, session, &[]).await, chat.inbox(person, &[]).await] {
                assert!(!text.text.contains("first") && !text.text.contains("second"));
                assert!(text.text.contains("third"));
            }
        }
    });
}

#[test]
fn the_text_that_stands_changes_nothing_and_is_never_too_late() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let sent = chat.say(&customer, session, "hello").await;
        age(chat, session).await;
        let reply = chat.correct(&customer, session, 1, "hello").await;
        assert_eq!(reply.expect(200)["content"], "hello");
        assert_eq!(reply.body["corrected_at"], Value::Null);
        assert_eq!(reply.body["seq"], sent["seq"]);
        assert!(reply.delivery.is_none());
        chat.correct(&customer, session, 1, "other").await.assert_problem("too_late");
    });
}

#[test]
fn for_how_long_a_message_may_be_corrected_is_configured() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let strict = chat.environment_with(&[("CORRECT_WITHIN_SECONDS", "0")]);
        strict.correct(&customer, session, 1, "other").await.assert_problem("too_late");
        age(chat, session).await;
        let patient = chat.environment_with(&[("CORRECT_WITHIN_SECONDS", "180000")]);
        assert_eq!(patient.correct(&customer, session, 1, "other").await.status, 200);
    });
}

#[test]
fn only_the_author_may_and_only_what_is_there() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let (stranger, namesake) = (chat.customer().await, chat.people.namesake(&customer).await);
        // What a text is blank for is the message's to say, so that it is judged after these.
        for content in ["other", " "] {
            for person in [&stranger, &namesake] {
                let reply = chat.correct(person, session, 1, content).await;
                reply.assert_problem("session_not_found");
            }
            chat.correct(&dentist, session, 1, content).await.assert_problem("forbidden");
            for person in [&customer, &dentist] {
                let reply = chat.correct(person, session, 2, content).await;
                reply.assert_problem("message_not_found");
            }
        }
        let reply = chat.correct(&customer, session, 1, "\u{200b} ").await;
        reply.assert_invalid(&[("content", "must not be blank without an image")]);
    });
}

#[test]
fn a_message_with_an_image_may_be_left_without_text() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "look").await;
        let sql = "UPDATE chat_messages SET image_urls = '[\"key\"]' WHERE session_id = $1";
        chat.database.rows(sql, &[&session]).await;
        let reply = chat.correct(&customer, session, 1, "").await;
        assert_eq!(reply.expect(200)["content"], "");
        assert_eq!(reply.body["images"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_message_that_was_taken_back_takes_no_correction_however_old_it_is() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        age(chat, session).await;
        assert_eq!(chat.retract(&customer, session, 1).await.status, 200);
        chat.correct(&customer, session, 1, "other").await.assert_problem("message_retracted");
    });
}

#[test]
fn an_archived_sessions_messages_can_be_corrected() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        chat.archive(session).await;
        assert_eq!(chat.correct(&customer, session, 1, "hullo").await.status, 200);
    });
}

#[test]
fn a_retry_of_the_send_is_compared_with_what_was_sent_and_shows_what_stands() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let id = new_id();
        let body = json!({"client_message_id": id, "content": "first"});
        assert_eq!(chat.send(&customer, session, &body).await.status, 201);
        for content in ["second", "third"] {
            assert_eq!(chat.correct(&customer, session, 1, content).await.status, 200);
        }
        let retry = chat.send(&customer, session, &body).await;
        assert_eq!(retry.expect(200)["content"], "third");
        assert!(retry.body["corrected_at"].is_string());
        for other in ["second", "third"] {
            let body = json!({"client_message_id": id, "content": other});
            let reply = chat.send(&customer, session, &body).await;
            reply.assert_problem("client_message_id_reused");
        }
        // The first text may be put back: that is a correction like any other.
        assert_eq!(
            chat.correct(&customer, session, 1, "first").await.expect(200)["content"],
            "first"
        );
        assert_eq!(chat.send(&customer, session, &body).await.expect(200)["content"], "first");
    });
}

#[test]
fn a_correction_counts_as_a_send_and_one_that_changes_nothing_does_not() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let environment =
            chat.environment_with(&[("SEND_BURST", "3"), ("SEND_WINDOW_SECONDS", "600")]);
        environment.say(&customer, session, "one").await;
        for content in ["two", "two", "two", "three"] {
            assert_eq!(environment.correct(&customer, session, 1, content).await.status, 200);
        }
        let limited = environment.correct(&customer, session, 1, "four").await;
        limited.assert_problem("rate_limited");
        let wait: u64 = limited.headers["retry-after"].parse().unwrap();
        assert!((1..=600).contains(&wait), "{wait}");
        let body = json!({"client_message_id": new_id(), "content": "too many"});
        environment.send(&customer, session, &body).await.assert_problem("rate_limited");
        // What stands is no act, nor is taking back; the other side has a pace of its own.
        assert_eq!(environment.correct(&customer, session, 1, "three").await.status, 200);
        environment.say(&dentist, session, "hello").await;
        assert_eq!(environment.retract(&customer, session, 1).await.status, 200);
    });
}

/// Makes a session's messages two days old.
async fn age(chat: &Chat, session: i64) {
    let sql = "UPDATE chat_messages SET created_at = created_at - interval '2 days' WHERE session_id = $1";
    chat.database.rows(sql, &[&session]).await;
}
