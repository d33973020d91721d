//! Committed means delivered, whoever dies in between.

use crate::{conversation_with_phone, keys_of_pushes, owed, time_passes, turn::Turn};
use chat_e2e::{Behavior, SOON, eventually};

#[tokio::test]
async fn killed_after_the_commit_the_frame_and_the_push_still_go_out() {
    let turn = Turn::begin().await;
    let (customer, dentist, session, player) = conversation_with_phone(&turn).await;
    // The customer's app is closed; the dentist has another device.
    let mut device = dentist.connect().await;
    turn.gate().close();
    dentist.say(session, "committed").await.is(201);
    turn.gate().holds().await;
    assert_eq!(turn.kill("send-message").await, 1);
    turn.gate().holds_nothing().await;
    turn.gate().open();
    assert_eq!(device.until_pong().await, Vec::<serde_json::Value>::new());
    // The frames, and the push.
    assert_eq!((owed(&turn, session).await, turn.pushes_to(&player).await.len()), (2, 0));

    two_runs(&turn).await;
    assert_eq!(device.message(session, 1).await["content"], "committed");
    assert_eq!(turn.pushes_to(&player).await.len(), 1);
    assert_eq!(owed(&turn, session).await, 0);
    assert_eq!(customer.all_messages(session).await.len(), 1);
}

#[tokio::test]
async fn killed_before_the_frame_it_still_reaches_an_online_customer() {
    let turn = Turn::begin().await;
    let (customer, dentist, session, player) = conversation_with_phone(&turn).await;
    let mut device = customer.connect().await;
    turn.gate().close();
    dentist.say(session, "committed").await.is(201);
    turn.gate().holds().await;
    turn.kill("send-message").await;
    turn.gate().holds_nothing().await;
    turn.gate().open();

    two_runs(&turn).await;
    device.message(session, 1).await;
    // It reached the app; the phone rings only if it stays unread.
    assert_eq!((owed(&turn, session).await, turn.pushes_to(&player).await.len()), (1, 0));
    customer.mark_read(session, 1).await.is(200);
    time_passes(&turn, session).await;
    two_runs(&turn).await;
    assert_eq!((owed(&turn, session).await, turn.pushes_to(&player).await.len()), (0, 0));
}

#[tokio::test]
async fn killed_after_the_provider_took_the_push_it_is_sent_again_under_the_same_key() {
    let turn = Turn::begin().await;
    let (_, dentist, session, player) = conversation_with_phone(&turn).await;
    turn.provider_behaves(&Behavior { delay_ms: 60_000, ..Behavior::default() }).await;
    dentist.say(session, "pushed twice").await.is(201);
    let arrived = async || (turn.pushes_to(&player).await.len() == 1).then_some(());
    eventually("the first push", SOON, arrived).await;
    assert_eq!(turn.kill("redeliver").await, 1);
    turn.provider_behaves(&Behavior::default()).await;

    // The lease keeps it from others until it runs out.
    turn.redeliver().await;
    assert_eq!((owed(&turn, session).await, turn.pushes_to(&player).await.len()), (1, 1));
    time_passes(&turn, session).await;
    two_runs(&turn).await;
    assert_eq!((owed(&turn, session).await, turn.pushes_to(&player).await.len()), (0, 2));
    assert_eq!(keys_of_pushes(&turn, &player).await.len(), 1);
}

#[tokio::test]
async fn a_gateway_that_answers_nobody_loses_no_frame() {
    let turn = Turn::begin().await;
    let (customer, dentist, session) = turn.conversation().await;
    let mut device = dentist.connect().await;
    turn.gate().close();
    customer.say(session, "heard later").await.is(201);
    turn.gate().holds().await;
    turn.redeliver().await;
    assert_eq!(owed(&turn, session).await, 1);
    turn.gate().open();
    time_passes(&turn, session).await;
    turn.redeliver().await;
    device.message(session, 1).await;
    assert_eq!(owed(&turn, session).await, 0);
}

async fn two_runs(turn: &Turn) {
    turn.redeliver().await;
    turn.redeliver().await;
}
