//! The images' store: away or not answering.

use crate::{
    conversation_with_phone, keys_of_pushes, nothing_is_owed, owed, time_passes, turn::Turn,
};
use chat_e2e::{Condition, Dependency, Image, Upload, new_id};
use serde_json::json;
use std::time::Duration;

/// How long a message waits for its images: whoever is answered sooner has not waited for S3.
const AN_IMAGES_LIMIT: Duration = Duration::from_secs(2);

#[tokio::test]
async fn without_s3_text_flows_and_images_wait() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    let image = Image::jpeg();
    let stored = customer.upload(session, &image).await;
    let body = |key: &str| json!({"client_message_id": new_id(), "image_urls": [key]});
    customer.send(session, &body(&stored)).await.is(201);
    let key = customer.upload(session, &image).await;
    let waiting = body(&key);

    for condition in [Condition::Down, Condition::Frozen] {
        turn.set(Dependency::S3, condition).await;
        let refused = customer.send(session, &waiting).await;
        refused.is_problem(503, "unavailable");
        assert!(refused.took < Duration::from_secs(4), "{:?}", refused.took);
        let text = customer.say(session, "text").await;
        text.is(201);
        assert!(text.took < AN_IMAGES_LIMIT, "{:?}", text.took);
        // Signing calls nobody.
        let upload = customer.create_upload(session, "image/png", 9).await;
        assert!(Upload::of(upload.expect(201)).url.starts_with("http"));
        let listed = dentist.all_messages(session).await;
        assert_eq!(listed[0]["images"][0]["key"], stored.as_str());
        turn.set(Dependency::S3, Condition::Up).await;
    }
    assert_eq!(dentist.all_messages(session).await.len(), 3);
    let sent = customer.send(session, &waiting).await;
    assert_eq!(sent.expect(201)["seq"], 4);
}

#[tokio::test]
async fn neither_frames_nor_pushes_wait_for_s3_and_the_image_is_kept_once_it_is_back() {
    let turn = Turn::begin().await;
    let (customer, dentist, session, player) = conversation_with_phone(&turn).await;
    let mut other_device = dentist.connect().await;
    let key = dentist.upload(session, &Image::jpeg()).await;
    let body = json!({"client_message_id": new_id(), "image_urls": [key]});
    dentist.send(session, &body).await.is(201);
    other_device.message(session, 1).await;
    nothing_is_owed(&turn, session).await;

    // As if the function had died right after its commit, and S3 with it.
    let owe = format!(
        "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
         SELECT session_id, 'message', seq, work, created_at, now() - interval '1 s'
         FROM chat_messages, unnest(enum_range(NULL::outbox_work)) work WHERE session_id = {session}"
    );
    turn.database().await.run(&owe).await;
    turn.set(Dependency::S3, Condition::Down).await;
    turn.redeliver().await;
    let frame = other_device.message(session, 1).await;
    let pushes = async || turn.pushes_to(&player).await.len();
    assert_eq!(pushes().await, 2);
    assert_eq!(keys_of_pushes(&turn, &player).await.len(), 1);

    // Only the image is owed now; the phone does not ring for it again.
    assert_eq!(owed(&turn, session).await, 1);
    time_passes(&turn, session).await;
    turn.redeliver().await;
    assert_eq!((pushes().await, owed(&turn, session).await), (2, 1));
    turn.set(Dependency::S3, Condition::Up).await;
    time_passes(&turn, session).await;
    turn.redeliver().await;
    assert_eq!((pushes().await, owed(&turn, session).await), (2, 0));
    assert_eq!(customer.all_messages(session).await.len(), 1);
    // What redeliver has signed is as good as what the sender's own function signs.
    let url = frame["images"][0]["url"].as_str().unwrap();
    assert_eq!(turn.http().get(url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_image_that_is_gone_is_owed_no_longer() {
    let turn = Turn::begin().await;
    let (customer, _, session) = turn.conversation().await;
    let key = customer.upload(session, &Image::jpeg()).await;
    let body = json!({"client_message_id": new_id(), "image_urls": [key]});
    customer.send(session, &body).await.is(201);
    nothing_is_owed(&turn, session).await;

    // As if it had been erased while its row waited.
    let objects = turn.endpoints().folder().join("s3/objects/chat-images");
    std::fs::remove_file(objects.join(&key)).unwrap();
    let owe = format!(
        "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
         SELECT session_id, 'message', seq, 'images', created_at, now() - interval '1 s'
         FROM chat_messages WHERE session_id = {session}"
    );
    turn.database().await.run(&owe).await;
    turn.redeliver().await;
    assert_eq!(owed(&turn, session).await, 0);
}
