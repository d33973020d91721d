//! Two people, several devices, both directions.

use crate::heard_nothing_more;
use chat_e2e::{Person, Stack, new_id};
use serde_json::{Value, json};

#[tokio::test]
async fn every_device_of_both_hears_every_message() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let stranger = stack.dentist().await;
    let mut devices = [
        customer.connect().await,
        customer.connect().await,
        dentist.connect().await,
        dentist.connect().await,
    ];
    let mut elsewhere = stranger.connect().await;

    for (seq, sender, text) in [(1, &customer, "My tooth hurts"), (2, &dentist, "Which one?")] {
        let stored = sender.say(session, text).await.expect(201).clone();
        assert_is_message(&stored, session, seq, sender, text);
        for device in &mut devices {
            assert_eq!(device.message(session, seq).await, stored);
        }
    }
    heard_nothing_more([&mut elsewhere]).await;
    assert_eq!(customer.all_messages(session).await, dentist.all_messages(session).await);
}

#[tokio::test]
async fn frames_go_to_whoever_is_connected_when_the_message_is_committed() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let device = dentist.connect().await;
    device.close().await;
    let body = json!({"client_message_id": new_id(), "content": "Are you there?"});
    let stored = customer.send(session, &body).await.expect(201).clone();

    let mut device = dentist.connect().await;
    let missed = dentist.list_messages(session, "after=0").await;
    assert_eq!(missed.expect(200)["messages"], json!([stored]));
    customer.say(session, "Hello?").await.is(201);
    assert_eq!(device.message(session, 2).await["content"], "Hello?");
}

fn assert_is_message(message: &Value, session: i64, seq: i64, sender: &Person, text: &str) {
    assert_eq!(
        message,
        &json!({
            "id": message["id"], "session_id": session, "seq": seq,
            "sender_type": sender.role.as_str(), "sender_id": sender.id, "content": text,
            "image_urls": [], "images": [], "client_message_id": message["client_message_id"],
            "created_at": message["created_at"], "is_read": false, "read_at": null,
            "corrected_at": null, "retracted_at": null,
        })
    );
    let created_at = message["created_at"].as_str().unwrap();
    assert!(created_at.ends_with('Z'), "{created_at}");
}
