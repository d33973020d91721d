//! What a client is told to upload, and where. What S3 makes of it is tested against an S3.

use chat_testing::with_chat;
use serde_json::json;

const LIMIT: i64 = 10 * 1024 * 1024;

#[test]
fn an_upload_is_signed_for_one_type_and_length_under_a_key_of_the_callers() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for (person, role) in [(&customer, "customer"), (&dentist, "dentist")] {
            for (kind, extension) in
                [("jpeg", "jpg"), ("png", "png"), ("webp", "webp"), ("heic", "heic")]
            {
                let kind = format!("image/{kind}");
                let body = json!({"content_type": kind, "content_length": 12_345});
                let reply = chat.create_upload(person, session, &body).await;
                let upload = reply.expect(201);
                let key = upload["key"].as_str().unwrap();
                assert!(
                    key.starts_with(&format!("sessions/{session}/{role}-{}/", person.id)),
                    "{key}"
                );
                assert!(key.ends_with(&format!(".{extension}")), "{key}");
                assert_eq!(upload["method"], "PUT");
                let headers = &upload["headers"];
                assert_eq!(headers["content-type"], kind);
                assert_eq!(headers["content-length"], "12345");
                assert_eq!(headers["if-none-match"], "*");
                let url = upload["url"].as_str().unwrap();
                assert!(url.contains("X-Amz-Expires=300"), "{url}");
                for signed in ["content-type", "content-length", "if-none-match"] {
                    let list = url.split('&').find(|part| part.starts_with("X-Amz-SignedHeaders"));
                    assert!(list.unwrap().contains(signed), "{url}");
                }
                assert!(upload["expires_at"].as_str().unwrap().ends_with('Z'));
                assert_eq!(upload.as_object().unwrap().len(), 5);
            }
        }
    });
}

#[test]
fn every_upload_has_a_key_of_its_own() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let body = json!({"content_type": "image/png", "content_length": 1});
        let first = chat.create_upload(&customer, session, &body).await;
        let second = chat.create_upload(&customer, session, &body).await;
        assert_ne!(first.expect(201)["key"], second.expect(201)["key"]);
    });
}

#[test]
fn lengths_hold_at_their_limits() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        for length in [1, LIMIT] {
            let body = json!({"content_type": "image/png", "content_length": length});
            assert_eq!(chat.create_upload(&customer, session, &body).await.status, 201);
        }
        let reason = "must be a whole number from 1 to 10485760";
        for length in [json!(0), json!(-1), json!(LIMIT + 1), json!(1.5), json!("1"), json!(null)] {
            let body = json!({"content_type": "image/png", "content_length": length});
            let reply = chat.create_upload(&customer, session, &body).await;
            reply.assert_invalid(&[("content_length", reason)]);
        }
    });
}

#[test]
fn other_types_and_fields_are_refused() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let reason = "must be image/jpeg, image/png, image/webp or image/heic";
        for kind in ["image/gif", "image/svg+xml", "IMAGE/PNG", "image/png; charset=x", "png", ""] {
            let body = json!({"content_type": kind, "content_length": 1});
            let reply = chat.create_upload(&customer, session, &body).await;
            reply.assert_invalid(&[("content_type", reason)]);
        }
        let body = json!({"content_type": "image/png", "content_length": 1, "key": "mine"});
        let reply = chat.create_upload(&customer, session, &body).await;
        reply.assert_invalid(&[("key", "is not a field of this request")]);
        let reply = chat.create_upload(&customer, session, &json!({})).await;
        reply.assert_invalid(&[("content_type", "is required"), ("content_length", "is required")]);
    });
}

#[test]
fn nothing_is_uploaded_to_an_archived_session() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.archive(session).await;
        let body = json!({"content_type": "image/png", "content_length": 1});
        for person in [&customer, &dentist] {
            chat.create_upload(person, session, &body).await.assert_problem("session_archived");
        }
    });
}
