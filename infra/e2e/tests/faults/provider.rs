//! The push provider: failing, busy, slow, unreachable.

use crate::{
    conversation_with_phone, keys_of_pushes, nothing_is_owed, owed, time_passes, turn::Turn,
};
use chat_e2e::{Behavior, Condition, Dependency, SOON, eventually};
use std::time::Duration;

/// How long a push waits for the provider: whoever is answered sooner has not waited for one.
const A_PUSHS_LIMIT: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_push_that_the_provider_refuses_for_now_arrives_after_its_recovery_under_one_key() {
    let turn = Turn::begin().await;
    for status in [500, 503, 429] {
        let (_, dentist, session, player) = conversation_with_phone(&turn).await;
        turn.provider_behaves(&Behavior { status, ..Behavior::default() }).await;
        dentist.say(session, "later").await.is(201);
        let tried = async || {
            turn.pushes_to(&player).await.iter().any(|push| push.status.is_some()).then_some(())
        };
        eventually("a first attempt", SOON, tried).await;
        assert_eq!(owed(&turn, session).await, 1);

        turn.provider_behaves(&Behavior::default()).await;
        let arrived = async || {
            time_passes(&turn, session).await;
            turn.redeliver().await;
            (owed(&turn, session).await == 0).then_some(())
        };
        eventually("the push", SOON, arrived).await;
        assert_eq!(keys_of_pushes(&turn, &player).await.len(), 1);
        let accepted =
            turn.pushes_to(&player).await.iter().filter(|push| push.status == Some(200)).count();
        assert_eq!(accepted, 1);
    }
}

#[tokio::test]
async fn a_provider_that_wants_to_be_left_alone_is() {
    let turn = Turn::begin().await;
    let (_, dentist, session, player) = conversation_with_phone(&turn).await;
    turn.provider_behaves(&Behavior { status: 429, retry_after: Some(600), ..Behavior::default() })
        .await;
    dentist.say(session, "much later").await.is(201);
    let database = turn.database().await;
    let wait = format!(
        "SELECT extract(epoch FROM max(due_at) - now())::bigint FROM outbox WHERE session_id = {session}"
    );
    let postponed = async || (database.number(&wait).await > 500).then_some(());
    eventually("a postponed push", SOON, postponed).await;
    turn.redeliver().await;
    assert_eq!(turn.pushes_to(&player).await.len(), 1);
}

#[tokio::test]
async fn no_sender_waits_for_a_provider_that_does_not_answer() {
    let turn = Turn::begin().await;
    for condition in [Condition::Down, Condition::Frozen] {
        let (customer, dentist, session, player) = conversation_with_phone(&turn).await;
        turn.set(Dependency::OneSignal, condition).await;
        for _ in 0..3 {
            let sent = dentist.say(session, "at once").await;
            sent.is(201);
            assert!(sent.took < A_PUSHS_LIMIT, "{:?}", sent.took);
        }
        assert_eq!(customer.all_messages(session).await.len(), 3);
        turn.redeliver().await;
        assert_eq!(owed(&turn, session).await, 3);
        turn.set(Dependency::OneSignal, Condition::Up).await;
        // The breaker and the backoff are a matter of time.
        turn.kill("redeliver").await;
        let arrived = async || {
            time_passes(&turn, session).await;
            turn.redeliver().await;
            (owed(&turn, session).await == 0).then_some(())
        };
        eventually("the pushes", SOON, arrived).await;
        assert_eq!(keys_of_pushes(&turn, &player).await.len(), 3);
    }
}

#[tokio::test]
async fn a_player_that_the_provider_calls_invalid_is_unmapped() {
    let turn = Turn::begin().await;
    let (customer, dentist, session, player) = conversation_with_phone(&turn).await;
    let (_, other_dentist, other_session, other_player) = conversation_with_phone(&turn).await;
    turn.provider_behaves(&Behavior { invalid: vec![player.clone()], ..Behavior::default() }).await;
    dentist.say(session, "to a lost phone").await.is(201);
    other_dentist.say(other_session, "to a good one").await.is(201);
    nothing_is_owed(&turn, session).await;
    nothing_is_owed(&turn, other_session).await;
    dentist.say(session, "to no phone").await.is(201);
    nothing_is_owed(&turn, session).await;
    assert_eq!(turn.pushes_to(&player).await.len(), 1);
    assert_eq!(turn.pushes_to(&other_player).await.len(), 1);
    // The phone may come back.
    turn.provider_behaves(&Behavior::default()).await;
    customer.register_player(&player).await.is(200);
    dentist.say(session, "found it").await.is(201);
    nothing_is_owed(&turn, session).await;
    assert_eq!(turn.pushes_to(&player).await.len(), 2);
}

#[tokio::test]
async fn what_the_provider_refuses_for_good_is_not_tried_again() {
    let turn = Turn::begin().await;
    let (_, dentist, session, player) = conversation_with_phone(&turn).await;
    turn.provider_behaves(&Behavior { status: 400, ..Behavior::default() }).await;
    dentist.say(session, "never").await.is(201);
    nothing_is_owed(&turn, session).await;
    turn.redeliver().await;
    assert_eq!(turn.pushes_to(&player).await.len(), 1);
}
