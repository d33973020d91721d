//! The other side sees that someone is writing.

use chat_testing::{Chat, SocketEvent, problem, with_chat};
use serde_json::{Value, json};

async fn type_in(chat: &Chat, connection: &str, session: i64, typing: bool) -> (Value, String) {
    let body = json!({"action": "typing", "session_id": session, "typing": typing});
    let event = SocketEvent::message(connection, &body.to_string());
    let request_id = event.request_id();
    (chat.ws_default(event).await, request_id)
}

async fn now(chat: &Chat) -> f64 {
    seconds(chat, "now").await
}

/// A time, in seconds since 1970.
async fn seconds(chat: &Chat, time: &str) -> f64 {
    let sql = "SELECT extract(epoch FROM $1::text::timestamptz)::float8";
    chat.database.rows(sql, &[&time]).await[0].get(0)
}

#[test]
fn the_other_side_sees_it_on_every_connection_and_nobody_else_does() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (own, own_other) = (chat.connect(&customer).await, chat.connect(&customer).await);
        let theirs = [chat.connect(&dentist).await, chat.connect(&dentist).await];
        let stranger = chat.connect(&chat.people.namesake(&customer).await).await;
        let before = now(chat).await;
        for typing in [true, false] {
            assert_eq!(type_in(chat, &own, session, typing).await.0["statusCode"], 200);
        }
        let after = now(chat).await;
        for connection in &theirs {
            let frames = chat.gateway.frames(connection);
            for (frame, typing) in frames.iter().zip([true, false]) {
                let expected = json!({
                    "type": "typing", "session_id": session, "sender_type": "customer",
                    "typing": typing, "expires_at": frame["expires_at"],
                });
                assert_eq!(frame, &expected);
                let expires_at = frame["expires_at"].as_str().unwrap();
                assert!(expires_at.ends_with('Z'));
                let shown_until = seconds(chat, expires_at).await;
                // The clocks' own grain aside.
                assert!((before + 5.9..=after + 6.1).contains(&shown_until), "{expires_at}");
            }
            assert_eq!(frames.len(), 2);
        }
        for connection in [&own, &own_other, &stranger] {
            assert!(chat.gateway.frames(connection).is_empty());
        }
    });
}

#[test]
fn either_sides_writing_is_seen_in_its_session_by_no_one_who_is_over_or_elsewhere() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (other_customer, other_dentist) = (chat.customer().await, chat.dentist().await);
        for (one, other) in [(&customer, &other_dentist), (&other_customer, &dentist)] {
            chat.session(one, other).await;
        }
        let (own, their_own) = (chat.connect(&customer).await, chat.connect(&dentist).await);
        let mut nobodys = vec![
            chat.connect(&other_customer).await,
            chat.connect(&other_dentist).await,
            chat.connect(&chat.people.namesake(&customer).await).await,
            chat.connect(&chat.people.namesake(&dentist).await).await,
        ];
        for person in [&customer, &dentist] {
            let over = chat.connect(person).await;
            chat.set_connection(&over, "expires_at = now()").await;
            nobodys.push(over);
        }
        for (from, to, side) in [(&own, &their_own, "customer"), (&their_own, &own, "dentist")] {
            type_in(chat, from, session, true).await;
            let frames = chat.gateway.frames(to);
            assert_eq!(frames.last().unwrap()["sender_type"], side);
            assert_eq!(frames.last().unwrap()["session_id"], session);
        }
        assert_eq!(chat.gateway.frames(&own).len(), 1);
        assert_eq!(chat.gateway.frames(&their_own).len(), 1);
        for connection in &nobodys {
            assert!(chat.gateway.frames(connection).is_empty());
        }
    });
}

#[test]
fn a_stranger_is_told_that_there_is_no_such_session_and_nothing_is_sent_on() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let listeners = [chat.connect(&customer).await, chat.connect(&dentist).await];
        for person in [
            chat.customer().await,
            chat.dentist().await,
            chat.people.namesake(&customer).await,
            chat.people.namesake(&dentist).await,
        ] {
            for session in [session, i64::MAX] {
                let connection = chat.connect(&person).await;
                let (answer, request_id) = type_in(chat, &connection, session, true).await;
                assert_eq!(answer["statusCode"], 200);
                let mut frame = problem("session_not_found", &request_id);
                frame["type"] = json!("error");
                assert_eq!(chat.gateway.frames(&connection), [frame]);
            }
        }
        for connection in &listeners {
            assert!(chat.gateway.frames(connection).is_empty());
        }
    });
}

#[test]
fn nobody_writes_in_an_archived_session() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (own, theirs) = (chat.connect(&customer).await, chat.connect(&dentist).await);
        chat.archive(session).await;
        let (_, request_id) = type_in(chat, &own, session, true).await;
        let mut frame = problem("session_archived", &request_id);
        frame["type"] = json!("error");
        assert_eq!(chat.gateway.frames(&own), [frame]);
        assert!(chat.gateway.frames(&theirs).is_empty());
    });
}

#[test]
fn a_connection_that_is_unknown_or_over_shows_nothing() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (over, theirs) = (chat.connect(&customer).await, chat.connect(&dentist).await);
        chat.set_connection(&over, "expires_at = now()").await;
        for connection in [over.as_str(), "unknown="] {
            assert_eq!(type_in(chat, connection, session, true).await.0["statusCode"], 410);
        }
        assert!(chat.gateway.frames(&theirs).is_empty());
        assert_eq!(chat.gateway.frame_count(), 0);
    });
}

#[test]
fn fields_that_are_wrong_are_named() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        for (body, field) in [
            (json!({"typing": true}), "session_id"),
            (json!({"session_id": 1}), "typing"),
            (json!({"session_id": "1", "typing": true}), "session_id"),
            (json!({"session_id": 0, "typing": true}), "session_id"),
            (json!({"session_id": 1, "typing": "yes"}), "typing"),
            (json!({"session_id": 1, "typing": true, "sender_type": "dentist"}), "sender_type"),
        ] {
            let connection = chat.connect(&customer).await;
            let mut said = body.clone();
            said["action"] = json!("typing");
            let event = SocketEvent::message(&connection, &said.to_string());
            let mut expected = problem("invalid_request", &event.request_id());
            chat.ws_default(event).await;
            let frames = chat.gateway.frames(&connection);
            expected["type"] = json!("error");
            expected["errors"] = frames[0]["errors"].clone();
            assert_eq!(frames, [expected], "{body}");
            assert_eq!(frames[0]["errors"][0]["field"], field);
            assert_eq!(frames[0]["errors"].as_array().unwrap().len(), 1);
        }
    });
}
