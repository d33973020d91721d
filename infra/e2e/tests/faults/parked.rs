//! What was given up, for a person to see.

use crate::{conversation_with_phone, owed, time_passes, turn::Turn};
use chat_e2e::{Behavior, SOON, eventually};
use serde_json::json;

#[tokio::test]
async fn a_push_that_fails_for_a_day_is_parked_and_listed() {
    let turn = Turn::begin().await;
    let (_, dentist, session, player) = conversation_with_phone(&turn).await;
    let (_, other_dentist, other, other_player) = conversation_with_phone(&turn).await;
    turn.provider_behaves(&Behavior { status: 500, ..Behavior::default() }).await;
    dentist.say(session, "nobody hears this").await.is(201);
    let tried = async || (!turn.pushes_to(&player).await.is_empty()).then_some(());
    eventually("a first attempt", SOON, tried).await;
    a_day_passes(&turn, session).await;
    let parked = async || {
        time_passes(&turn, session).await;
        (turn.redeliver().await["parked"] == 1).then_some(())
    };
    eventually("a parked row", SOON, parked).await;

    let listed = turn.invoke("redeliver", &json!({"command": "list_parked"})).await;
    let rows = listed.expect(200)["parked"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        rows[0],
        json!({"change": "message", "work": "push", "session_id": session, "seq": 1,
               "attempts": rows[0]["attempts"], "parked_at": rows[0]["parked_at"]})
    );
    let attempts = turn.pushes_to(&player).await.len();
    turn.provider_behaves(&Behavior::default()).await;

    // It holds up nobody, and is not tried by itself.
    other_dentist.say(other, "heard").await.is(201);
    crate::nothing_is_owed(&turn, other).await;
    turn.redeliver().await;
    assert_eq!(turn.pushes_to(&other_player).await.len(), 1);
    assert_eq!(turn.pushes_to(&player).await.len(), attempts);

    let retried = turn.invoke("redeliver", &json!({"command": "retry_parked"})).await;
    assert_eq!(retried.expect(200)["unparked"], 1);
    turn.redeliver().await;
    assert_eq!(owed(&turn, session).await, 0);
    assert_eq!(turn.pushes_to(&player).await.len(), attempts + 1);
}

#[tokio::test]
async fn a_row_that_cannot_be_understood_is_parked_and_holds_up_nobody() {
    let turn = Turn::begin().await;
    let (_, _, bad) = turn.conversation().await;
    let (customer, _, session) = turn.conversation().await;
    let mut device = customer.connect().await;
    let database = turn.database().await;
    let owe = format!(
        "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
         VALUES ({bad}, 'updated', 0, 'frames', 'infinity', now()),
                ({session}, 'updated', 0, 'frames', now(), now())"
    );
    database.run(&owe).await;
    turn.redeliver().await;
    assert_eq!(device.expect("session.updated").await["session"]["id"], session);
    let listed = turn.invoke("redeliver", &json!({"command": "list_parked"})).await;
    let rows = listed.expect(200)["parked"].as_array().unwrap().clone();
    let parked: Vec<_> = rows.iter().filter(|row| row["session_id"] == bad).collect();
    assert_eq!(parked.len(), 1);
    assert_eq!((&parked[0]["change"], &parked[0]["seq"]), (&json!("updated"), &json!(null)));
    // The next test counts what is parked.
    database.run(&format!("DELETE FROM outbox WHERE session_id = {bad}")).await;
}

async fn a_day_passes(turn: &Turn, session: i64) {
    let database = turn.database().await;
    database.run(&format!(
        "UPDATE outbox SET changed_at = changed_at - interval '25 h' WHERE session_id = {session}"
    )).await;
}
