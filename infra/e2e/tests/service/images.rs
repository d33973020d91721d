//! Images, end to end.

use chat_e2e::{Image, Person, Reply, Stack, Upload, new_id};
use serde_json::{Value, json};

async fn send_images(person: &Person, session: i64, keys: &[&str]) -> Reply {
    let body = json!({"client_message_id": new_id(), "image_urls": keys});
    person.send(session, &body).await
}

#[tokio::test]
async fn an_image_of_each_kind_arrives_at_the_other_side() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut socket = dentist.connect().await;
    let images = Image::of_each_kind();
    let mut keys = Vec::new();
    for image in &images {
        let key = customer.upload(session, image).await;
        assert!(key.starts_with(&format!("sessions/{session}/customer-{}/", customer.id)), "{key}");
        keys.push(key);
    }
    let id = new_id();
    let body = json!({"client_message_id": id, "image_urls": keys});
    let sent = customer.send(session, &body).await;
    assert_eq!(sent.expect(201)["content"], "");
    assert_eq!(sent.body["image_urls"], json!(keys));

    let frame = socket.message(session, 1).await;
    let listed = dentist.all_messages(session).await;
    for message in [&sent.body, &frame, &listed[0]] {
        for (signed, image) in message["images"].as_array().unwrap().iter().zip(&images) {
            assert_download(&stack, signed, image).await;
        }
        assert_eq!(message["images"].as_array().unwrap().len(), 4);
    }
    let retry = customer.send(session, &body).await;
    assert_eq!((retry.id(200), &retry.body["image_urls"]), (sent.id(201), &json!(keys)));
    let other_order: Vec<_> = keys.iter().rev().collect();
    let changed = json!({"client_message_id": id, "image_urls": other_order});
    customer.send(session, &changed).await.is_problem(422, "client_message_id_reused");
}

async fn assert_download(stack: &Stack, signed: &Value, image: &Image) {
    assert!(signed["expires_at"].is_string());
    let answer = stack.http().get(signed["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], image.content_type);
    let disposition = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert_eq!(answer.bytes().await.unwrap(), image.bytes);
}

#[tokio::test]
async fn s3_takes_only_what_was_promised_and_only_once() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    let image = Image::jpeg();
    let promise = async || {
        let answer = customer.create_upload(session, image.content_type, image.bytes.len()).await;
        Upload::of(answer.expect(201))
    };
    let longer = [&image.bytes[..], b"!"].concat();
    assert_eq!(promise().await.put(&stack, &longer).await, 403);
    assert_eq!(promise().await.put(&stack, &image.bytes[1..]).await, 403);

    let mut other_type = promise().await;
    other_type.headers.insert("content-type".to_owned(), "image/png".to_owned());
    assert_eq!(other_type.put(&stack, &image.bytes).await, 403);
    let mut overwriting = promise().await;
    overwriting.headers.remove("if-none-match");
    assert_eq!(overwriting.put(&stack, &image.bytes).await, 403);
    let mut elsewhere = promise().await;
    elsewhere.url = elsewhere.url.replace(".jpg?", ".jpeg?");
    assert_eq!(elsewhere.put(&stack, &image.bytes).await, 403);
    let mut expired = promise().await;
    expired.url = signed_earlier(&expired.url);
    assert_eq!(expired.put(&stack, &image.bytes).await, 403);

    let upload = promise().await;
    assert_eq!(upload.put(&stack, &image.bytes).await, 200);
    assert_eq!(upload.put(&stack, &image.bytes).await, 412);
    // A URL to put is none to get or to delete.
    assert_eq!(stack.http().get(&upload.url).send().await.unwrap().status(), 403);
    assert_eq!(stack.http().delete(&upload.url).send().await.unwrap().status(), 403);
}

/// The URL with a signature date that is past its five minutes.
fn signed_earlier(url: &str) -> String {
    let at = url.find("X-Amz-Date=").unwrap() + "X-Amz-Date=".len();
    format!("{}20200101T000000Z{}", &url[..at], &url[at + "20200101T000000Z".len()..])
}

#[tokio::test]
async fn a_message_takes_only_its_senders_images_of_its_session() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let image = Image::jpeg();
    let theirs = dentist.upload(session, &image).await;
    let elsewhere = customer.create_session(&stack.dentist().await).await.id(201);
    let elsewhere = customer.upload(elsewhere, &image).await;
    let missing = customer.create_upload(session, "image/jpeg", 100).await;
    let missing = missing.expect(201)["key"].as_str().unwrap().to_owned();
    let own = customer.upload(session, &image).await;
    let prefix = format!("sessions/{session}/customer-{}/", customer.id);
    let dodge = format!("{prefix}../dentist-{}/{}", dentist.id, theirs.rsplit('/').next().unwrap());

    for key in [&theirs, &elsewhere, &missing, &dodge, &prefix, "x"] {
        send_images(&customer, session, &[key]).await.is_problem(422, "image_not_found");
        send_images(&customer, session, &[&own, key]).await.is_problem(422, "image_not_found");
    }
    let stranger = stack.customer().await;
    send_images(&stranger, session, &[&own]).await.is_problem(404, "session_not_found");
    assert!(customer.all_messages(session).await.is_empty());
    send_images(&customer, session, &[&own]).await.is(201);
}

#[tokio::test]
async fn what_is_not_an_image_is_not_sent() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    let mut pretending = Image::jpeg();
    pretending.bytes[0] = b'<';
    let mut other_kind = Image::jpeg();
    other_kind.content_type = "image/png";
    let empty = Image { content_type: "image/jpeg", bytes: b"\xFF\xD8".to_vec() };
    for image in [pretending, other_kind, empty] {
        let key = customer.upload(session, &image).await;
        send_images(&customer, session, &[&key]).await.is_problem(422, "image_invalid");
    }
    assert!(customer.all_messages(session).await.is_empty());
}
