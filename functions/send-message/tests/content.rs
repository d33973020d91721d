//! What a message may hold.

use chat_testing::{Event, Operation, new_id, with_chat};
use serde_json::{Value, json};

const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

#[test]
fn content_holds_at_its_limit_in_bytes() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        for content in ["x".repeat(8_192), "é".repeat(4_096)] {
            let body = json!({"client_message_id": new_id(), "content": content});
            assert_eq!(chat.send(&customer, session, &body).await.expect(201)["content"], content);
        }
        for content in ["x".repeat(8_193), "é".repeat(4_096) + "x"] {
            let body = json!({"client_message_id": new_id(), "content": content});
            let reply = chat.send(&customer, session, &body).await;
            reply.assert_invalid(&[("content", "must be at most 8192 bytes of UTF-8")]);
        }
    });
}

#[test]
fn blank_text_alone_is_refused() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        for body in [
            json!({"client_message_id": ID}),
            json!({"client_message_id": ID, "content": ""}),
            json!({"client_message_id": ID, "content": " \n\t\u{a0}\u{3000}"}),
            json!({"client_message_id": ID, "content": "", "image_urls": []}),
        ] {
            let reply = chat.send(&customer, session, &body).await;
            reply.assert_invalid(&[("content", "must not be blank without an image")]);
        }
    });
}

#[test]
fn whatever_does_not_fit_is_refused_by_its_field() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let eleven: Vec<String> = (0..11).map(|n| format!("key-{n}")).collect();
        for (field, value) in [
            ("client_message_id", json!("67e5504410b1426f9247bb680e5fe0c8")),
            ("client_message_id", json!("not-a-uuid")),
            ("client_message_id", json!(null)),
            ("client_message_id", json!(7)),
            ("content", json!("a\u{0}b")),
            ("content", json!(null)),
            ("content", json!(["text"])),
            ("image_urls", json!("key")),
            ("image_urls", json!(null)),
            ("image_urls", json!([7])),
            ("image_urls", json!(["same", "same"])),
            ("image_urls", json!(eleven)),
            ("seq", json!(1)),
            ("sender_id", json!(1)),
            ("sender_type", json!("dentist")),
            ("is_read", json!(true)),
            ("session_id", json!(1)),
            ("created_at", json!("2026-01-01T00:00:00Z")),
        ] {
            let mut body = json!({"client_message_id": ID, "content": "text"});
            body[field] = value;
            chat.send(&customer, session, &body).await.assert_invalid_field(field);
        }
        let nothing = chat.send(&customer, session, &json!({})).await;
        nothing.assert_invalid(&[
            ("client_message_id", "is required"),
            ("content", "must not be blank without an image"),
        ]);
        assert_eq!(chat.get(&customer, session).await.body["last_seq"], 0);
    });
}

#[test]
fn every_wrong_field_is_named() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let body = json!({"client_message_id": "x", "content": 5, "seq": 1});
        chat.send(&customer, session, &body).await.assert_invalid(&[
            ("client_message_id", "must be a UUID"),
            ("content", "must be a string"),
            ("seq", "is not a field of this request"),
        ]);
    });
}

#[test]
fn text_that_json_cannot_carry_is_refused() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        for content in [r"\ud800", r"\udc00\ud800", "\n", "\t"] {
            let body = format!(r#"{{"client_message_id": "{ID}", "content": "{content}"}}"#);
            let event = Event::of(Operation::SendMessage, &customer).session(session).text(body);
            let reply = chat.invoke(Operation::SendMessage, event).await;
            reply.assert_invalid(&[("body", "must be a JSON object")]);
        }
        let body = format!(r#"{{"client_message_id": "{ID}", "content": "\ud83e\uddb7"}}"#);
        let event = Event::of(Operation::SendMessage, &customer).session(session).text(body);
        let reply = chat.invoke(Operation::SendMessage, event).await;
        assert_eq!(reply.expect(201)["content"], "🦷");
    });
}

#[test]
fn a_body_may_come_in_base64() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        // {"client_message_id":"67e55044-10b1-426f-9247-bb680e5fe0c8","content":"hi"}
        let body = "eyJjbGllbnRfbWVzc2FnZV9pZCI6IjY3ZTU1MDQ0LTEwYjEtNDI2Zi05MjQ3LWJiNjgwZTVmZTBjOCIsImNvbnRlbnQiOiJoaSJ9";
        let mut event = Event::of(Operation::SendMessage, &customer).session(session).text(body);
        event.0["isBase64Encoded"] = Value::Bool(true);
        let reply = chat.invoke(Operation::SendMessage, event).await;
        assert_eq!(reply.expect(201)["content"], "hi");
    });
}
