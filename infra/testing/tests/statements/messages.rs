//! `messages/*`: nobody learns of a message by repeating it.

use chat_testing::{Chat, Person, new_id, with_chat};
use serde_json::{Value, json};

/// Everybody who has something in common with the participants of a session, and is none of them.
async fn strangers(chat: &Chat, customer: &Person, dentist: &Person) -> [Person; 4] {
    [
        chat.customer().await,
        chat.dentist().await,
        chat.people.namesake(customer).await,
        chat.people.namesake(dentist).await,
    ]
}

#[test]
fn a_stranger_who_repeats_a_message_word_for_word_finds_no_session() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let strangers = strangers(chat, &customer, &dentist).await;
        for person in [&customer, &dentist] {
            let body = json!({"client_message_id": new_id(), "content": "hello"});
            assert_eq!(chat.send(person, session, &body).await.status, 201);
            for stranger in &strangers {
                chat.send(stranger, session, &body).await.assert_problem("session_not_found");
            }
            assert_eq!(chat.send(person, session, &body).await.status, 200);
        }
    });
}

/// Gives a message an image that S3 knows nothing of; its body as it was sent.
async fn with_image(chat: &Chat, person: &Person, session: i64) -> Value {
    let upload = json!({"content_type": "image/jpeg", "content_length": 300});
    let key = chat.create_upload(person, session, &upload).await.expect(201)["key"].clone();
    let body = json!({"client_message_id": new_id(), "content": "look"});
    let seq = chat.send(person, session, &body).await.expect(201)["seq"].as_i64();
    let sql = "WITH named AS (INSERT INTO message_images VALUES ($3, $1, $2))
        UPDATE chat_messages SET image_urls = jsonb_build_array($3::text) WHERE session_id = $1 AND seq = $2";
    chat.database.rows(sql, &[&session, &seq, &key.as_str()]).await;
    let mut body = body;
    body["image_urls"] = json!([key]);
    body
}

#[test]
fn a_message_with_images_is_repeated_by_who_sent_it_and_by_nobody_else() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let strangers = strangers(chat, &customer, &dentist).await;
        for person in [&customer, &dentist] {
            let body = with_image(chat, person, session).await;
            for stranger in &strangers {
                chat.send(stranger, session, &body).await.assert_problem("session_not_found");
            }
            assert_eq!(chat.send(person, session, &body).await.status, 200);
            let mut other_text = body.clone();
            other_text["content"] = json!("look here");
            let reused = chat.send(person, session, &other_text).await;
            reused.assert_problem("client_message_id_reused");
        }
    });
}

#[test]
fn what_was_sent_first_is_what_a_retry_is_compared_with() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        // Others were corrected before: in another session, and in this one.
        let elsewhere = chat.session(&customer, &chat.dentist().await).await;
        for (session, seqs) in [(elsewhere, 1..=2), (session, 1..=1)] {
            for seq in seqs {
                chat.say(&customer, session, "other words").await;
                assert_eq!(chat.correct(&customer, session, seq, "mended").await.status, 200);
            }
        }
        let id = new_id();
        let send = async |content: &str| {
            let body = json!({"client_message_id": id, "content": content});
            chat.send(&customer, session, &body).await
        };
        assert_eq!(send("one").await.status, 201);
        assert_eq!(send("one").await.status, 200);
        for content in ["two", "three"] {
            assert_eq!(chat.correct(&customer, session, 2, content).await.status, 200);
            assert_eq!(send("one").await.expect(200)["content"], content);
            for other in ["two", "three"] {
                send(other).await.assert_problem("client_message_id_reused");
            }
        }
    });
}

/// Whether a push is owed for a session's newest message.
async fn rings(chat: &Chat, session: i64) -> bool {
    let sql =
        "SELECT count(*) FROM outbox JOIN chat_sessions s ON s.id = session_id AND seq = last_seq
        WHERE session_id = $1 AND work = 'push'";
    chat.database.number(sql, &[&session]).await == 1
}

#[test]
fn a_dentists_message_rings_its_customers_phone_if_there_is_one() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        assert_eq!(chat.register_player(&chat.customer().await, &new_id()).await.status, 200);
        for (has_phone, side) in [(false, &dentist), (true, &dentist), (true, &customer)] {
            if has_phone {
                assert_eq!(chat.register_player(&customer, &new_id()).await.status, 200);
            }
            chat.say(side, session, "hello").await;
            assert_eq!(rings(chat, session).await, has_phone && side.id == dentist.id);
        }
    });
}

#[test]
fn what_is_before_a_sessions_first_message_is_not_there() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.fill(session, 4).await;
        let later = "UPDATE chat_sessions SET first_seq = 3 WHERE id = $1";
        chat.database.rows(later, &[&session]).await;
        chat.correct(&customer, session, 1, "mended").await.assert_problem("message_not_found");
        chat.retract(&customer, session, 1).await.assert_problem("message_not_found");
        assert_eq!(chat.correct(&customer, session, 3, "mended").await.status, 200);
        assert_eq!(chat.retract(&customer, session, 3).await.status, 200);
    });
}

/// What is owed for a session's messages.
async fn owed(chat: &Chat, session: i64) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', change, seq, work) FROM outbox
        WHERE session_id = $1 AND seq > 0 ORDER BY change, seq, work";
    chat.database.rows(sql, &[&session]).await.iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_retraction_is_owed_with_what_was_said_and_the_push_is_not() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        assert_eq!(chat.register_player(&customer, &new_id()).await.status, 200);
        chat.say(&dentist, session, "hello").await;
        with_image(chat, &dentist, session).await;
        let images = "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
            VALUES ($1, 'message', 2, 'images', now(), now() + interval '1 hour')";
        chat.database.rows(images, &[&session]).await;
        let said = owed(chat, session).await;
        assert_eq!(said.len(), 5, "{said:?}");
        let rows = async || {
            let sql = "SELECT to_jsonb(o)::text FROM outbox o WHERE session_id = $1 ORDER BY 1";
            let rows = chat.database.rows(sql, &[&session]).await;
            rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
        };
        let before = rows().await;
        chat.retract(&customer, session, 1).await.assert_problem("forbidden");
        assert_eq!(rows().await, before);

        for seq in [1, 2] {
            assert_eq!(chat.retract(&dentist, session, seq).await.status, 200);
        }
        let left = ["message 1 frames", "message 2 frames", "message 2 images"];
        let taken_back =
            ["message_updated 1 frames", "message_updated 2 frames", "message_updated 2 images"];
        assert_eq!(owed(chat, session).await, [left, taken_back].concat());
    });
}
