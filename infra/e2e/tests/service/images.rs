//! Images, end to end.

use chat_e2e::{Image, Person, Photo, Reply, Stack, Upload, new_id};
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

/// Each has credentials and rights of its own to sign with.
#[tokio::test]
async fn whoever_shows_an_image_signs_a_url_that_works() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let image = Image::jpeg();
    let key = customer.upload(session, &image).await;
    let sent = send_images(&customer, session, &[&key]).await;
    let shown = [
        sent.expect(201).clone(),
        dentist.all_messages(session).await[0].clone(),
        dentist.list_sessions("limit=1").await.expect(200)["sessions"][0]["last_message"].clone(),
        dentist.get_session(session).await.expect(200)["last_message"].clone(),
        dentist.update_session(session, "active").await.expect(200)["last_message"].clone(),
        customer.create_session(&dentist).await.expect(200)["last_message"].clone(),
        customer.sync("").await.expect(200)["changes"][0]["session"]["last_message"].clone(),
        customer.correct(session, 1, "corrected").await.expect(200).clone(),
    ];
    for message in shown {
        assert_download(&stack, &message["images"][0], &image).await;
    }
}

#[tokio::test]
async fn a_photo_that_says_where_it_was_taken_is_not_sent_and_any_other_is() {
    let stack = Stack::shared();
    let photos = Photo::all();
    // As many as a sender may upload and send at once.
    for photos in photos.chunks(10) {
        let (customer, dentist, session) = stack.conversation().await;
        let mut sent = 0;
        for photo in photos {
            let key = customer.upload(session, &photo.image).await;
            let reply = send_images(&customer, session, &[&key]).await;
            if photo.has_position {
                assert_eq!((&*photo.name, reply.code()), (&*photo.name, "image_has_location"));
                reply.is_problem(422, "image_has_location");
                continue;
            }
            assert_eq!((&*photo.name, reply.status), (&*photo.name, 201), "{}", reply.text);
            sent += 1;
            let message = &dentist.all_messages(session).await[sent - 1];
            assert_download(&stack, &message["images"][0], &photo.image).await;
        }
    }
}

#[tokio::test]
async fn one_photo_with_a_position_among_ten_is_found_in_time() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    let photos = Photo::all();
    let named = |name: &str| photos.iter().find(|photo| photo.name == name).unwrap().image.clone();
    let mut large = named("plain.jpg");
    // Ten megabytes, of which all has to be read.
    large.bytes.resize(10 * 1024 * 1024, 0x5A);
    let mut keys = Vec::new();
    for _ in 0..9 {
        keys.push(customer.upload(session, &large).await);
    }
    let all: Vec<&str> = keys.iter().map(String::as_str).collect();
    let began = std::time::Instant::now();
    send_images(&customer, session, &all[..1]).await.is(201);
    keys.push(customer.upload(session, &named("second-exif-gps.jpg")).await);
    let all: Vec<&str> = keys[1..].iter().map(String::as_str).collect();
    send_images(&customer, session, &all).await.is_problem(422, "image_has_location");
    assert!(began.elapsed() < std::time::Duration::from_secs(8), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_image_belongs_to_one_message() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    let key = customer.upload(session, &Image::jpeg()).await;
    let bodies: Vec<_> =
        (0..5).map(|_| json!({"client_message_id": new_id(), "image_urls": [key]})).collect();
    let sends = bodies.iter().map(|body| customer.send(session, body));
    let replies = futures_util::future::join_all(sends).await;
    let stored = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(stored, 1);
    for (reply, body) in replies.iter().zip(&bodies) {
        if reply.status == 201 {
            customer.send(session, body).await.is(200);
        } else {
            reply.is_problem(422, "image_not_found");
        }
    }
    // For good, also once the message is taken back.
    customer.retract(session, 1).await.is(200);
    send_images(&customer, session, &[&key]).await.is_problem(422, "image_not_found");
}
