//! Sessions in which nothing happens any more.

use crate::turn::Turn;
use serde_json::json;

#[tokio::test]
async fn sessions_without_activity_are_archived_and_both_sides_told() {
    let turn = Turn::begin().await;
    let (customer, dentist, idle) = turn.conversation().await;
    customer.say(idle, "goodbye").await.is(201);
    let (_, other_dentist, recent) = turn.conversation().await;
    let (mut at_customer, mut at_dentist) = (customer.connect().await, dentist.connect().await);
    age(&turn, idle, "25 h").await;
    age(&turn, recent, "23 h").await;

    let report = turn.run_schedule("archive-sessions").await;
    assert_eq!(report.expect(200), &json!({"archived": 1}));
    let view = customer.get_session(idle).await;
    assert_eq!(view.expect(200)["status"], "archived");
    assert_eq!(at_customer.expect("session.updated").await["session"], view.body);
    let told = at_dentist.expect("session.updated").await;
    assert_eq!(
        (&told["session"]["status"], &told["session"]["unread_count"]),
        (&json!("archived"), &json!(1))
    );
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
