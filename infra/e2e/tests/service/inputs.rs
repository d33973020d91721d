//! Requests that do not fit their description.

use chat_e2e::{Reply, Stack, new_id};
use reqwest::{Method, header};
use serde_json::{Value, json};

#[tokio::test]
async fn a_message_that_does_not_fit_is_refused_by_field() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    let id = new_id();
    let keys: Vec<_> = (0..11).map(|n| format!("key-{n}")).collect();
    for (body, fields) in [
        (json!({}), vec!["client_message_id", "content"]),
        (json!({"content": "no id"}), vec!["client_message_id"]),
        (json!({"client_message_id": "7", "content": "x"}), vec!["client_message_id"]),
        (json!({"client_message_id": 7, "content": "x"}), vec!["client_message_id"]),
        (json!({"client_message_id": id, "content": ""}), vec!["content"]),
        (json!({"client_message_id": id, "content": " \n\t "}), vec!["content"]),
        (json!({"client_message_id": id, "content": 5}), vec!["content"]),
        (json!({"client_message_id": id, "content": null}), vec!["content"]),
        (json!({"client_message_id": id, "content": "a\u{0}b"}), vec!["content"]),
        (json!({"client_message_id": id, "content": "x".repeat(8193)}), vec!["content"]),
        (json!({"client_message_id": id, "content": "é".repeat(4097)}), vec!["content"]),
        (json!({"client_message_id": id, "content": "x", "image_urls": "key"}), vec!["image_urls"]),
        (
            json!({"client_message_id": id, "content": "x", "image_urls": ["a", "a"]}),
            vec!["image_urls"],
        ),
        (json!({"client_message_id": id, "content": "x", "image_urls": keys}), vec!["image_urls"]),
        (json!({"client_message_id": id, "content": "x", "sender_id": 1}), vec!["sender_id"]),
        (json!({"client_message_id": id, "content": "x", "seq": 9}), vec!["seq"]),
        (json!({"client_message_id": id, "content": "x", "is_read": true}), vec!["is_read"]),
    ] {
        customer.send(session, &body).await.is_invalid(&fields);
    }
    assert!(customer.all_messages(session).await.is_empty());
    let longest = json!({"client_message_id": id, "content": "x".repeat(8192)});
    customer.send(session, &longest).await.is(201);
}

#[tokio::test]
async fn a_body_is_a_json_object_of_64_kib_at_most() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    let post = async |body: Vec<u8>| -> Reply {
        let url = format!("{}/sessions/{session}/messages", stack.endpoints().http_api);
        let request = stack.http().post(url).bearer_auth(&customer.token).body(body);
        let began = std::time::Instant::now();
        let answer = request.header(header::CONTENT_TYPE, "application/json").send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Reply { status, headers, text, body, took: began.elapsed() }
    };
    for body in
        ["", "null", "[]", "7", "\"text\"", "{", "{\"a\":}", "a=b", "{\"content\":\"\\ud800\"}"]
    {
        let reply = post(body.into()).await;
        assert_eq!(
            (reply.status, reply.code()),
            (400, "invalid_request"),
            "{body}: {}",
            reply.text
        );
    }
    post(b"{\"content\":\"\xFF\"}".to_vec()).await.is_problem(400, "invalid_request");

    let padded = |length: usize| {
        let body = json!({"client_message_id": new_id(), "content": "padded"}).to_string();
        format!("{body}{}", " ".repeat(length - body.len())).into_bytes()
    };
    post(padded(64 * 1024)).await.is(201);
    post(padded(64 * 1024 + 1)).await.is_problem(413, "too_large");
}

#[tokio::test]
async fn ids_and_numbers_hold_at_their_limits() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    for id in
        ["x", "0", "-1", "1.0", "1e3", "+1", "01", "9223372036854775808", "-9223372036854775809"]
    {
        let reply = customer.call(Method::GET, &format!("/sessions/{id}"), None).await;
        reply.is_invalid(&["session_id"]);
    }
    for value in [json!(0), json!(-1), json!("7"), json!(1.5), json!(null), json!(1e30), json!([7])]
    {
        create(&customer, json!({"dentist_id": value})).await.is_invalid(&["dentist_id"]);
    }
    // A field of the other role is unknown, and one's own is missing.
    create(&dentist, json!({"dentist_id": 7})).await.is_invalid(&["customer_id", "dentist_id"]);
    create(&customer, json!({"dentist_id": i64::MAX})).await.is_problem(404, "unknown_dentist");
    for (status, body) in [("wrong", json!({"status": "deleted"})), ("none", json!({}))] {
        let reply = dentist.call(Method::PATCH, &format!("/sessions/{session}"), Some(&body)).await;
        assert_eq!(reply.code(), "invalid_request", "{status}");
    }
    for (kind, length, field) in [
        ("image/gif", 10, "content_type"),
        ("image/png", 0, "content_length"),
        ("image/png", 10 * 1024 * 1024 + 1, "content_length"),
    ] {
        customer.create_upload(session, kind, length).await.is_invalid(&[field]);
    }
    customer.create_upload(session, "image/png", 10 * 1024 * 1024).await.is(201);
}

async fn create(person: &chat_e2e::Person, body: Value) -> Reply {
    person.call(Method::POST, "/sessions", Some(&body)).await
}

#[tokio::test]
async fn what_is_wrong_with_a_request_comes_before_whose_session_it_is() {
    let stack = Stack::shared();
    let (_, _, session) = stack.conversation().await;
    let stranger = stack.customer().await;
    stranger.send(session, &json!({"content": 5})).await.is_problem(400, "invalid_request");
    let unknown = stack.unknown(chat_e2e::Role::Customer).await;
    unknown.list_messages(session, "limit=0").await.is_problem(400, "invalid_request");
    unknown.list_messages(session, "").await.is_problem(403, "unknown_user");
}
