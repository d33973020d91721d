//! `messages/*`: nobody learns of a message by repeating it, and everybody has a pace of their own.

use chat_testing::{Chat, Environment, Person, Reply, new_id, with_chat};
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
        for session in [elsewhere, session] {
            chat.say(&customer, session, "other words").await;
            assert_eq!(chat.correct(&customer, session, 1, "mended").await.status, 200);
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

/// Acts of this session's side, that long ago.
async fn act(chat: &Chat, (session, side): (i64, &str), count: i32, seconds_ago: f64) {
    let sql = "INSERT INTO sender_acts (session_id, sender_type, acted_at)
        SELECT $1, $2::text::chat_participant, now() - make_interval(secs => $4) FROM generate_series(1, $3)";
    chat.database.rows(sql, &[&session, &side, &count, &seconds_ago]).await;
}

/// Two messages or acts of the customer's are in the window, three are allowed; the others' and older ones do not
/// count. So something more may be done, once.
async fn check_pace(
    chat: &Chat,
    acts: i32,
    operation: impl AsyncFn(&Environment, &Person, i64) -> Reply,
) {
    let (customer, dentist, session) = chat.conversation().await;
    let elsewhere = chat.session(&customer, &chat.dentist().await).await;
    // Odd ones are the customer's.
    chat.fill(elsewhere, 9).await;
    chat.fill(session, 14).await;
    let old = "UPDATE chat_messages SET created_at = now() - interval '601 seconds'
        WHERE session_id = $1 AND sender_type = 'customer' AND seq <= $2";
    let own_messages = i64::from(2 - acts);
    chat.database.rows(old, &[&session, &(13 - 2 * own_messages)]).await;
    if acts > 0 {
        act(chat, (session, "customer"), acts, 1.0).await;
    }
    act(chat, (session, "customer"), 9, 601.0).await;
    act(chat, (session, "dentist"), 9, 1.0).await;
    act(chat, (elsewhere, "customer"), 9, 1.0).await;
    let variables = [("SEND_BURST", "3"), ("SEND_WINDOW_SECONDS", "600")];
    let environment = chat.environment_with(&variables);
    let allowed = operation(&environment, &customer, session).await;
    assert!(matches!(allowed.status, 200 | 201), "{acts} acts: {}", allowed.text);
    operation(&environment, &customer, session).await.assert_problem("rate_limited");
    // The other side has spent theirs.
    let body = json!({"client_message_id": new_id(), "content": "hello"});
    environment.send(&dentist, session, &body).await.assert_problem("rate_limited");
}

#[test]
fn a_senders_pace_is_made_of_their_own_messages_and_acts_in_this_session_and_window() {
    with_chat(async |chat| {
        for acts in 0..=2 {
            check_pace(chat, acts, async |environment, person, session| {
                let body = json!({"client_message_id": new_id(), "content": "hello"});
                environment.send(person, session, &body).await
            })
            .await;
        }
    });
}

#[test]
fn corrections_keep_the_same_pace() {
    with_chat(async |chat| {
        for acts in 0..=2 {
            check_pace(chat, acts, async |environment, person, session| {
                environment.correct(person, session, 13, &new_id()).await
            })
            .await;
        }
    });
}

#[test]
fn uploads_keep_the_same_pace() {
    with_chat(async |chat| {
        for acts in 0..=2 {
            check_pace(chat, acts, async |environment, person, session| {
                let body = json!({"content_type": "image/jpeg", "content_length": 300});
                environment.create_upload(person, session, &body).await
            })
            .await;
        }
    });
}
