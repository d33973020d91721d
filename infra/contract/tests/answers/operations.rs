//! What single operations may answer.

use crate::tour::{Request, Tour, images, text, upload};
use chat_e2e::{Image, Person, Photo, new_id};
use serde_json::{Value, json};

pub async fn visit(tour: &Tour) {
    create_sessions(tour).await;
    let (customer, dentist, session) = tour.stack.conversation().await;
    write_and_read(tour, &customer, &dentist, session).await;
    send_images(tour, &dentist, session).await;
    correct_and_retract(tour, &customer, &dentist).await;
    archive(tour, &customer, &dentist, session).await;
    register(tour, &customer, &dentist).await;
}

async fn create_sessions(tour: &Tour) {
    let (customer, dentist) = tour.stack.pair().await;
    let (of_customer, of_dentist) = (Some(&*customer.token), Some(&*dentist.token));
    let with = |name: &str, id: i64| Request::new("POST", "/sessions", json!({name: id}));
    tour.call(of_dentist, &with("customer_id", customer.id), 404, "unknown_customer").await;
    tour.call(of_customer, &with("dentist_id", 999_999), 404, "unknown_dentist").await;
    tour.call(of_customer, &with("dentist_id", dentist.id), 201, "done").await;
    tour.call(of_customer, &with("dentist_id", dentist.id), 200, "done").await;
    tour.call(of_dentist, &with("customer_id", customer.id), 200, "done").await;
    tour.call(of_dentist, &with("dentist_id", dentist.id), 400, "invalid_request").await;
}

async fn write_and_read(tour: &Tour, customer: &Person, dentist: &Person, session: i64) {
    let (of_customer, of_dentist) = (Some(&*customer.token), Some(&*dentist.token));
    let messages = format!("/sessions/{session}/messages");
    let empty = tour.call(of_dentist, &Request::new("GET", &messages, None), 200, "done").await;
    assert_eq!(empty["messages"], json!([]));
    let mut first = Request::new("POST", &messages, text("Good morning"));
    tour.call(of_customer, &first, 201, "done").await;
    tour.call(of_customer, &first, 200, "done").await;
    first.body.as_mut().unwrap()["content"] = json!("Good evening");
    tour.call(of_customer, &first, 422, "client_message_id_reused").await;

    let read = |seq: i64| {
        Request::new("POST", &format!("/sessions/{session}/read"), json!({"up_to_seq": seq}))
    };
    tour.call(of_dentist, &read(1), 200, "done").await;
    tour.call(of_dentist, &read(0), 200, "done").await;
    tour.call(of_dentist, &read(2), 400, "invalid_request").await;

    let page = tour.call(of_customer, &Request::new("GET", &messages, None), 200, "done").await;
    assert_eq!(page["messages"][0]["is_read"], true);
    let one = Request::new("GET", &format!("/sessions/{session}"), None);
    let session = tour.call(of_customer, &one, 200, "done").await;
    assert_eq!(session["last_message"]["content"], "Good morning");
    page_through_the_inbox(tour, dentist).await;
    catch_up(tour, customer, dentist).await;
    for _ in 1..30 {
        tour.call(of_customer, &Request::new("POST", &messages, text("Again")), 201, "done").await;
    }
    let beyond = Request::new("POST", &messages, text("Again"));
    tour.call(of_customer, &beyond, 429, "rate_limited").await;
    let uploads = messages.replace("/messages", "/uploads");
    let beyond = Request::new("POST", &uploads, upload());
    tour.call(of_customer, &beyond, 429, "rate_limited").await;
}

async fn page_through_the_inbox(tour: &Tour, dentist: &Person) {
    let token = Some(&*dentist.token);
    let other = tour.stack.customer().await;
    other.create_session(dentist).await.is(201);
    let first = Request::new("GET", "/sessions?limit=1", None);
    let first = tour.call(token, &first, 200, "done").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = Request::new("GET", &format!("/sessions?limit=1&cursor={cursor}"), None);
    let second = tour.call(token, &second, 200, "done").await;
    assert_eq!(second["next_cursor"], Value::Null);
}

async fn catch_up(tour: &Tour, customer: &Person, dentist: &Person) {
    let (of_customer, of_dentist) = (Some(&*customer.token), Some(&*dentist.token));
    let since = |next: &Value| {
        Request::new("GET", &format!("/sync?since={}", next.as_str().unwrap()), None)
    };
    let first = Request::new("GET", "/sync?limit=1", None);
    let first = tour.call(of_dentist, &first, 200, "done").await;
    assert_eq!(first["has_more"], true);
    let second = tour.call(of_dentist, &since(&first["next"]), 200, "done").await;
    assert_eq!(second["has_more"], false);
    tour.call(of_customer, &since(&second["next"]), 400, "invalid_request").await;
    // As after a backup was put back: its history is another's.
    let database = tour.stack.database().await;
    database.run("UPDATE database_history SET id = DEFAULT").await;
    tour.call(of_dentist, &since(&second["next"]), 410, "sync_expired").await;
}

async fn send_images(tour: &Tour, dentist: &Person, session: i64) {
    let token = Some(&*dentist.token);
    let uploads = Request::new("POST", &format!("/sessions/{session}/uploads"), upload());
    let promised = tour.call(token, &uploads, 201, "done").await;
    let never_uploaded = promised["key"].as_str().unwrap();
    let no_image = Image { content_type: "image/jpeg", bytes: b"no image".to_vec() };
    let no_image = dentist.upload(session, &no_image).await;
    let located = Photo::all().into_iter().find(|photo| photo.has_position).unwrap();
    let located = dentist.upload(session, &located.image).await;
    let image = dentist.upload(session, &Image::jpeg()).await;
    for (key, status, code) in [
        (never_uploaded, 422, "image_not_found"),
        (no_image.as_str(), 422, "image_invalid"),
        (located.as_str(), 422, "image_has_location"),
        (image.as_str(), 201, "done"),
    ] {
        let message =
            Request::new("POST", &format!("/sessions/{session}/messages"), images(&[key]));
        let answer = tour.call(token, &message, status, code).await;
        assert_eq!(status == 201, answer["images"][0]["key"] == key);
    }
}

/// In a session of its own: the pace of the one before is spent.
async fn correct_and_retract(tour: &Tour, customer: &Person, dentist: &Person) {
    let other = tour.stack.dentist().await;
    let session = customer.create_session(&other).await.id(201);
    let (of_customer, of_other) = (Some(&*customer.token), Some(&*other.token));
    for content in ["Ten milligrams", "An old one"] {
        customer.say(session, content).await.is(201);
    }
    let database = tour.stack.database().await;
    let old = format!("session_id = {session} AND seq = 2");
    let age =
        format!("UPDATE chat_messages SET created_at = now() - interval '2 days' WHERE {old}");
    database.run(&age).await;
    let to = |seq: i64, content: &str| {
        let path = format!("/sessions/{session}/messages/{seq}");
        Request::new("PUT", &path, json!({"content": content}))
    };
    let back = |seq: i64| {
        Request::new("POST", &format!("/sessions/{session}/messages/{seq}/retraction"), None)
    };
    for request in [to(1, "One milligram"), back(1)] {
        tour.call(of_other, &request, 403, "forbidden").await;
        tour.call(Some(&dentist.token), &request, 404, "session_not_found").await;
    }
    for request in [to(3, "Three"), back(3)] {
        tour.call(of_customer, &request, 404, "message_not_found").await;
    }
    tour.call(of_customer, &to(1, " "), 400, "invalid_request").await;
    tour.call(of_customer, &to(2, "A new one"), 409, "too_late").await;
    let corrected = tour.call(of_customer, &to(1, "One milligram"), 200, "done").await;
    assert_eq!(corrected["content"], "One milligram");
    for n in 0..28 {
        tour.call(of_customer, &to(1, &n.to_string()), 200, "done").await;
    }
    tour.call(of_customer, &to(1, "too fast"), 429, "rate_limited").await;
    let retracted = tour.call(of_customer, &back(1), 200, "done").await;
    assert_eq!(retracted["content"], "");
    tour.call(of_customer, &to(1, "back again"), 409, "message_retracted").await;
}

async fn archive(tour: &Tour, customer: &Person, dentist: &Person, session: i64) {
    let (of_customer, of_dentist) = (Some(&*customer.token), Some(&*dentist.token));
    let path = format!("/sessions/{session}");
    let to = |status: &str| Request::new("PATCH", &path, json!({"status": status}));
    tour.call(of_customer, &to("archived"), 403, "forbidden").await;
    tour.call(of_dentist, &to("archived"), 200, "done").await;
    for (rest, body) in [("messages", text("Good night")), ("uploads", upload())] {
        let request = Request::new("POST", &format!("{path}/{rest}"), body);
        tour.call(of_dentist, &request, 409, "session_archived").await;
    }
    customer.create_session(dentist).await.is(201);
    tour.call(of_dentist, &to("active"), 409, "active_session_exists").await;
    let archived = Request::new("GET", "/sessions?status=archived", None);
    let archived = tour.call(of_customer, &archived, 200, "done").await;
    assert_eq!(archived["sessions"][0]["id"], session);
}

async fn register(tour: &Tour, customer: &Person, dentist: &Person) {
    let register = Request::new("PUT", "/players", json!({"onesignal_player_id": new_id()}));
    let unregister = Request::new("DELETE", "/players", None);
    for (request, status) in [(&register, 200), (&unregister, 204), (&unregister, 204)] {
        tour.call(Some(&customer.token), request, status, "done").await;
        tour.call(Some(&dentist.token), request, 403, "forbidden").await;
    }
}
