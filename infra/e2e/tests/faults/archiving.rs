//! Sessions in which nothing happens any more.

use crate::turn::Turn;
use chat_e2e::{Image, new_id};
use serde_json::json;

#[tokio::test]
async fn sessions_without_activity_are_archived_unless_somebody_waits_for_an_answer() {
    let turn = Turn::begin().await;
    let (customer, dentist, idle) = turn.conversation().await;
    let key = dentist.upload(idle, &Image::jpeg()).await;
    let goodbye = json!({"client_message_id": new_id(), "content": "goodbye", "image_urls": [key]});
    dentist.send(idle, &goodbye).await.is(201);
    // Somebody waits for an answer here.
    let (patient, _, waiting) = turn.conversation().await;
    patient.say(waiting, "May I eat?").await.is(201);
    age(&turn, waiting, "25 h").await;
    let (_, other_dentist, recent) = turn.conversation().await;
    let (mut at_customer, mut at_dentist) = (customer.connect().await, dentist.connect().await);
    age(&turn, idle, "25 h").await;
    age(&turn, recent, "23 h").await;

    let report = turn.run_schedule("archive-sessions").await;
    assert_eq!(report.expect(200), &json!({"archived": 1}));
    let view = customer.get_session(idle).await;
    assert_eq!(view.expect(200)["status"], "archived");
    let mut told = at_customer.expect("session.updated").await["session"].clone();
    let url = told["last_message"]["images"][0]["url"].as_str().unwrap();
    assert_eq!(turn.http().get(url).send().await.unwrap().status(), 200);
    // Each function signs by itself: the URLs differ, and nothing else.
    let images = view.body["last_message"]["images"].clone();
    told["last_message"]["images"] = images;
    assert_eq!(told, view.body);
    let heard = at_dentist.expect("session.updated").await;
    assert_eq!(
        (&heard["session"]["status"], &heard["session"]["unread_count"]),
        (&json!("archived"), &json!(0))
    );
    assert_eq!(patient.get_session(waiting).await.expect(200)["status"], "active");
    assert_eq!(other_dentist.get_session(recent).await.expect(200)["status"], "active");

    let again = turn.run_schedule("archive-sessions").await;
    assert_eq!(again.expect(200), &json!({"archived": 0}));
    dentist.update_session(idle, "active").await.is(200);
    customer.say(idle, "hello again").await.is(201);
}

async fn age(turn: &Turn, session: i64, by: &str) {
    let database = turn.database().await;
    database.run(&format!(
        "UPDATE chat_sessions SET updated_at = updated_at - interval '{by}' WHERE id = {session}"
    )).await;
}
