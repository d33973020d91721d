//! What taking a message back does, and who may.

use chat::store::outbox;
use chat_testing::{Chat, new_id, with_chat};
use futures_util::future::join_all;
use serde_json::{Value, json};

const CANARY: &str = "canary-0f3a";

#[test]
fn a_message_that_was_taken_back_is_empty_for_everyone_and_keeps_its_place() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&dentist, session, "Good evening").await;
        let sent = with_image(chat, session, chat.say(&customer, session, CANARY).await).await;
        let before = chat.get(&dentist, session).await.body;
        let reply = chat.retract(&customer, session, 2).await;
        let retracted = reply.expect(200).clone();
        let mut expected = sent;
        expected["content"] = json!("");
        expected["image_urls"] = json!([]);
        expected["images"] = json!([]);
        assert!(retracted["retracted_at"].as_str() > expected["created_at"].as_str());
        expected["retracted_at"] = retracted["retracted_at"].clone();
        assert_eq!(retracted, expected);

        let again = chat.retract(&customer, session, 2).await;
        assert_eq!(*again.expect(200), retracted);
        assert!(again.delivery.is_none());
        for person in [&customer, &dentist] {
            assert_eq!(chat.list(person, session, &[]).await.body["messages"][1], retracted);
            assert_eq!(
                chat.inbox(person, &[]).await.body["sessions"][0]["last_message"],
                retracted
            );
        }
        let mut after = chat.get(&dentist, session).await.body;
        after["last_message"] = before["last_message"].clone();
        assert_eq!(after, before);
    });
}

#[test]
fn what_it_said_is_kept_for_the_record() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "first").await;
        assert_eq!(chat.correct(&customer, session, 1, "second").await.status, 200);
        with_image(chat, session, json!({"seq": 1})).await;
        assert_eq!(chat.retract(&customer, session, 1).await.status, 200);
        let sql = "SELECT act::text, content, image_urls::text FROM chat_message_revisions
            WHERE session_id = $1 AND seq = 1 ORDER BY id";
        let kept = chat.database.rows(sql, &[&session]).await;
        let kept: Vec<[String; 3]> =
            kept.iter().map(|row| [row.get(0), row.get(1), row.get(2)]).collect();
        assert_eq!(kept, [["correction", "first", "[]"], ["retraction", "second", "[\"key-1\"]"]]);
    });
}

#[test]
fn only_the_author_may_and_only_what_is_there() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let sent = chat.say(&customer, session, "hello").await;
        for person in [chat.customer().await, chat.people.namesake(&customer).await] {
            chat.retract(&person, session, 1).await.assert_problem("session_not_found");
        }
        chat.retract(&dentist, session, 1).await.assert_problem("forbidden");
        chat.retract(&customer, session, 2).await.assert_problem("message_not_found");
        chat.retract(&dentist, session, 2).await.assert_problem("message_not_found");
        assert_eq!(chat.list(&customer, session, &[]).await.body["messages"][0], sent);
    });
}

#[test]
fn it_works_at_any_age_in_any_session_at_any_pace_and_whatever_its_body_says() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let environment =
            chat.environment_with(&[("SEND_BURST", "1"), ("SEND_WINDOW_SECONDS", "600")]);
        environment.say(&customer, session, "hello").await;
        let age = "UPDATE chat_messages SET created_at = created_at - interval '2 years'";
        chat.database.rows(age, &[]).await;
        environment.say(&customer, session, "hello").await;
        chat.archive(session).await;
        for (seq, body) in [(1, "{\"content\": \"text\"}"), (2, "no JSON")] {
            use chat_testing::{Event, Operation};
            let event = Event::of(Operation::RetractMessage, &customer).session(session).seq(seq);
            let reply = environment.invoke(Operation::RetractMessage, event.text(body)).await;
            assert_eq!(reply.expect(200)["content"], "");
        }
    });
}

#[test]
fn a_retry_of_the_send_shows_what_is_left_and_takes_nothing_else() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let id = new_id();
        let body = json!({"client_message_id": id, "content": CANARY});
        assert_eq!(chat.send(&customer, session, &body).await.status, 201);
        assert_eq!(chat.retract(&customer, session, 1).await.status, 200);
        let retry = chat.send(&customer, session, &body).await;
        assert_eq!(retry.expect(200)["content"], "");
        assert!(retry.body["retracted_at"].is_string() && !retry.text.contains(CANARY));
        let body = json!({"client_message_id": id, "content": "other"});
        let reply = chat.send(&customer, session, &body).await;
        reply.assert_problem("client_message_id_reused");
    });
}

#[test]
fn a_push_that_is_still_owed_is_not_wanted_any_more() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        assert_eq!(chat.register_player(&customer, &new_id()).await.status, 200);
        chat.say(&dentist, session, "hello").await;
        chat.say(&dentist, session, "still here").await;
        assert_eq!(chat.retract(&dentist, session, 1).await.status, 200);
        let pushes = "SELECT seq FROM outbox WHERE session_id = $1 AND work = 'push'";
        let pushes = chat.database.rows(pushes, &[&session]).await;
        assert_eq!(pushes.iter().map(|row| row.get(0)).collect::<Vec<i64>>(), [2]);
        // One that was taken just before finds nothing to say; the other one does.
        let facts =
            async |seq| outbox::push_facts(&chat.app().db, session.into(), seq).await.unwrap();
        assert!(facts(1).await.is_none() && facts(2).await.is_some());
    });
}

#[test]
fn concurrent_retractions_take_it_back_once() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let environments = chat.environments(8, &[]).await;
        let retractions =
            environments.iter().map(|environment| environment.retract(&customer, session, 1));
        let replies = join_all(retractions).await;
        let stands = chat.list(&dentist, session, &[]).await.body["messages"][0].clone();
        assert!(replies.iter().all(|reply| *reply.expect(200) == stands));
        assert_eq!(replies.iter().filter(|reply| reply.delivery.is_some()).count(), 1);
        let kept = "SELECT count(*) FROM chat_message_revisions WHERE session_id = $1";
        assert_eq!(chat.database.number(kept, &[&session]).await, 1);
    });
}

#[test]
fn frames_that_are_still_owed_show_nothing_of_it() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let desk = chat.connect(&dentist).await;
        let body = json!({"client_message_id": new_id(), "content": CANARY});
        // Whoever sent it dies before anybody hears of it.
        drop(chat.send(&customer, session, &body).await);
        let retracted = chat.retract(&customer, session, 1).await;
        chat.deliver(retracted).await;
        let frames = chat.gateway.frames(&desk);
        assert_eq!(frames.len(), 1, "{frames:?}");
        assert_eq!(frames[0]["type"], "message.updated");
        assert_eq!(frames[0]["message"]["content"], "");
        // The message's own frames are still owed, with what is left of it.
        let owed = "SELECT m.content FROM outbox o
            JOIN chat_messages m ON (m.session_id, m.seq) = (o.session_id, o.seq)
            WHERE o.session_id = $1 AND o.change = 'message' AND o.work = 'frames'";
        let owed = chat.database.rows(owed, &[&session]).await;
        assert_eq!(owed.iter().map(|row| row.get(0)).collect::<Vec<String>>(), [""]);
    });
}

#[test]
fn a_sender_who_is_still_telling_of_it_leaves_who_is_late_to_others() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let body = json!({"client_message_id": new_id(), "content": CANARY});
        let sent = chat.send(&customer, session, &body).await;
        // Connected since the statement, before its commit was known.
        let late = chat.connect(&dentist).await;
        let early = "UPDATE websocket_connections SET connected_at = now() - interval '1 minute'";
        chat.database.rows(early, &[]).await;
        assert_eq!(chat.retract(&customer, session, 1).await.status, 200);
        chat.deliver(sent).await;
        assert_eq!(chat.gateway.frames(&late), Vec::<Value>::new());
    });
}

/// Gives a message an image, as if it had been sent with it.
async fn with_image(chat: &Chat, session: i64, mut message: Value) -> Value {
    let (seq, key) = (message["seq"].as_i64().unwrap_or_default(), "key-1");
    let sql =
        "UPDATE chat_messages SET image_urls = '[\"key-1\"]' WHERE session_id = $1 AND seq = $2";
    chat.database.rows(sql, &[&session, &seq]).await;
    let sql = "INSERT INTO message_images (key, session_id, seq) VALUES ($1, $2, $3)";
    chat.database.rows(sql, &[&key, &session, &seq]).await;
    message["image_urls"] = json!([key]);
    message
}
