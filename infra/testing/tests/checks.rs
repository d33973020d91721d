//! In which order a request is checked, and what hostile input gets.

use chat::identity::Role;
use chat_testing::{Event, Operation, Person, new_id, with_chat};
use serde_json::{Value, json};

/// A body that this operation takes from a customer.
fn body(operation: Operation) -> Value {
    match operation {
        Operation::CreateSession => json!({"dentist_id": 1}),
        Operation::UpdateSession => json!({"status": "active"}),
        Operation::SendMessage => json!({"client_message_id": new_id(), "content": "hello"}),
        Operation::CorrectMessage => json!({"content": "hello"}),
        Operation::MarkRead => json!({"up_to_seq": 0}),
        Operation::CreateUpload => json!({"content_type": "image/png", "content_length": 10}),
        Operation::RegisterPlayer => json!({"onesignal_player_id": new_id()}),
        _ => json!({}),
    }
}

fn with_body() -> impl Iterator<Item = Operation> {
    Operation::ALL.into_iter().filter(|operation| operation.has_body())
}

#[test]
fn the_checks_come_in_the_contracts_order() {
    with_chat(async |chat| {
        let nobody = Person::unknown(Role::Customer);
        let somebody = chat.customer().await;
        for operation in with_body() {
            let too_large = format!("[{}]", " ".repeat(64 * 1024));
            let everything_wrong = Event::new(operation).session("x").text(too_large);
            let reply = chat.invoke(operation, everything_wrong.clone()).await;
            reply.assert_problem("unauthenticated");
            let reply = chat.invoke(operation, everything_wrong.claims(&nobody.claims())).await;
            reply.assert_problem("too_large");
            let event = Event::of(operation, &nobody).session(i64::MAX).json(&json!({"x": 1}));
            assert_eq!(chat.invoke(operation, event).await.code(), "invalid_request");
            let event = Event::of(operation, &nobody).session(i64::MAX).json(&body(operation));
            chat.invoke(operation, event).await.assert_problem("unknown_user");
            if operation.names_a_session() {
                let event =
                    Event::of(operation, &somebody).session(i64::MAX).json(&body(operation));
                chat.invoke(operation, event).await.assert_problem("session_not_found");
            }
        }
    });
}

#[test]
fn every_answer_tells_browsers_to_keep_run_and_frame_nothing() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        for operation in Operation::ALL {
            let answers = [
                chat.invoke(operation, Event::new(operation)).await,
                chat.invoke(operation, Event::of(operation, &customer).json(&body(operation)))
                    .await,
            ];
            for answer in answers {
                let header = |name: &str| answer.headers[name].as_str();
                assert_eq!(header("cache-control"), "no-store");
                assert_eq!(header("x-content-type-options"), "nosniff");
                assert_eq!(header("referrer-policy"), "no-referrer");
                let transport = header("strict-transport-security");
                assert_eq!(transport, "max-age=31536000; includeSubDomains");
                let policy = header("content-security-policy");
                for source in ["default-src", "object-src", "base-uri", "frame-ancestors"] {
                    assert!(policy.contains(&format!("{source} 'none'")), "{policy}");
                }
            }
        }
    });
}

#[test]
fn a_body_may_have_64_kib_and_not_a_byte_more() {
    with_chat(async |chat| {
        let nobody = Person::unknown(Role::Customer);
        for operation in Operation::ALL {
            let padded = |length: usize| {
                let body = body(operation).to_string();
                let padding = " ".repeat(length - body.len());
                Event::of(operation, &nobody).session(1).text(body + &padding)
            };
            let reply = chat.invoke(operation, padded(65_536)).await;
            reply.assert_problem("unknown_user");
            chat.invoke(operation, padded(65_537)).await.assert_problem("too_large");
        }
    });
}

#[test]
fn the_limit_is_on_the_decoded_body() {
    with_chat(async |chat| {
        let nobody = Person::unknown(Role::Customer);
        let event = |length: usize| {
            let mut event = Event::of(Operation::MarkRead, &nobody).session(1);
            // Blanks in base64: three bytes in four characters.
            let blanks = "ICAg".repeat((length - 16) / 3);
            event.0["body"] = json!(format!("{blanks}IHsidXBfdG9fc2VxIjoxfQ=="));
            event.0["isBase64Encoded"] = json!(true);
            event
        };
        let fits = chat.invoke(Operation::MarkRead, event(65_536)).await;
        fits.assert_problem("unknown_user");
        let exceeds = chat.invoke(Operation::MarkRead, event(65_539)).await;
        exceeds.assert_problem("too_large");
    });
}

#[test]
fn what_is_not_a_json_object_is_refused() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let deep = "[".repeat(10_000);
        for operation in with_body() {
            for text in [
                "",
                " ",
                "null",
                "true",
                "1",
                "\"text\"",
                "[]",
                "[{}]",
                "{",
                "{}}",
                "{]",
                "{'a': 1}",
                "{\"a\"}",
                "{\"a\": 1,}",
                "{\"a\": NaN}",
                "{\"a\": 1e999}",
                "{\"a\": 01}",
                "{\"\\ud800\": 1}",
                "{\"a\": \"\\ud800\"}",
                "\u{feff}{}",
                "a=1&b=2",
                "<xml/>",
                "\0",
                "{\"a\": \"\0\"}",
                &deep,
            ] {
                let event = Event::of(operation, &customer).session(1).text(text);
                let reply = chat.invoke(operation, event).await;
                reply.assert_invalid(&[("body", "must be a JSON object")]);
            }
        }
    });
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        for operation in with_body() {
            for (body, reason) in [
                ("{}", "must be valid base64"),
                ("====", "must be valid base64"),
                ("e30", "must be valid base64"),
                ("e3 0=", "must be valid base64"),
                // {"a":"\xff"} and a lone surrogate in UTF-8.
                ("eyJhIjoi/yJ9", "must be a JSON object"),
                ("eyJhIjoi7aCAIn0=", "must be a JSON object"),
            ] {
                let mut event = Event::of(operation, &customer).session(1).text(body);
                event.0["isBase64Encoded"] = json!(true);
                let reply = chat.invoke(operation, event).await;
                reply.assert_invalid(&[("body", reason)]);
            }
        }
    });
}

#[test]
fn a_field_that_no_request_has_is_refused_by_every_operation() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let reason = "is not a field of this request";
        for operation in Operation::ALL {
            let event = || Event::of(operation, &customer).session(1).json(&body(operation));
            let reply = chat.invoke(operation, event().query("debug", "true")).await;
            reply.assert_invalid(&[("debug", reason)]);
            if operation.has_body() {
                for field in ["sender_id", "seq", "is_read", "customer", "__proto__", ""] {
                    let mut body = body(operation);
                    body[field] = json!(1);
                    let event = Event::of(operation, &customer).session(1).json(&body);
                    chat.invoke(operation, event).await.assert_invalid(&[(field, reason)]);
                }
            }
        }
    });
}

#[test]
fn a_session_id_must_be_a_positive_integer_everywhere() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let sessions = Operation::ALL.into_iter().filter(|operation| operation.names_a_session());
        for operation in sessions {
            for id in ["", "0", "-1", "1.0", "1e3", "0x1", "one", "9223372036854775808", "1 OR 1=1"]
            {
                let event = Event::of(operation, &customer).session(id).json(&body(operation));
                let reply = chat.invoke(operation, event).await;
                reply.assert_invalid(&[("session_id", "must be a whole number, 1 or more")]);
            }
            let mut event = Event::of(operation, &customer).json(&body(operation));
            event.0["pathParameters"] = Value::Null;
            let reply = chat.invoke(operation, event).await;
            let missing: &[_] =
                if operation.names_a_message() { &["session_id", "seq"] } else { &["session_id"] };
            let missing: Vec<_> = missing.iter().map(|name| (*name, "is required")).collect();
            reply.assert_invalid(&missing);
        }
    });
}

#[test]
fn an_event_with_next_to_nothing_in_it_is_answered() {
    with_chat(async |chat| {
        for operation in Operation::ALL {
            let mut event = Event::new(operation);
            event.0 = json!({});
            let mut reply = chat.invoke(operation, event).await;
            reply.request_id = String::new();
            reply.assert_problem("unauthenticated");
        }
    });
}
