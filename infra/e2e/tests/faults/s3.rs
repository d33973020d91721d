//! The images' store: away or not answering.

use crate::turn::Turn;
use chat_e2e::{Condition, Dependency, Image, Upload, new_id};
use serde_json::json;
use std::time::Duration;

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
        assert!(text.took < Duration::from_secs(1), "{:?}", text.took);
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
