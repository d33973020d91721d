//! What the service does when its functions are killed and its dependencies fail: over a few
//! private stacks, one test at a time on each.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod archiving;
mod canary;
mod deliver;
mod functions;
mod jarvis;
mod parked;
mod postgres;
mod provider;
mod s3;
mod silence;
mod turn;

use chat_e2e::{Person, SOON, Stack, eventually, new_id};

/// A customer with a phone, a dentist, their session.
async fn conversation_with_phone(stack: &Stack) -> (Person, Person, i64, String) {
    let (customer, dentist, session) = stack.conversation().await;
    let player = new_id();
    customer.register_player(&player).await.is(200);
    (customer, dentist, session, player)
}

/// How many things are owed for a session's messages.
async fn owed(stack: &Stack, session: i64) -> i64 {
    let count =
        format!("SELECT count(*) FROM outbox WHERE session_id = {session} AND change = 'message'");
    stack.database().await.number(&count).await
}

/// Waits until nothing is owed any more for the messages of a session.
async fn nothing_is_owed(stack: &Stack, session: i64) {
    let look = async || (owed(stack, session).await == 0).then_some(());
    eventually("an empty outbox", SOON, look).await;
}

/// Makes whatever is owed for a session due at once: leases and backoffs are over.
async fn time_passes(stack: &Stack, session: i64) {
    let database = stack.database().await;
    database
        .run(&format!(
            "UPDATE outbox SET due_at = now() - interval '1 s' WHERE session_id = {session}"
        ))
        .await;
}

/// The distinct idempotency keys among the pushes to a player.
async fn keys_of_pushes(stack: &Stack, player: &str) -> Vec<String> {
    let pushes = stack.pushes_to(player).await;
    let key = |push: &chat_e2e::Attempt| push.body["idempotency_key"].as_str().unwrap().to_owned();
    let mut keys: Vec<String> = pushes.iter().map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
