//! Many messages to phones at once: how often they wake `redeliver`.

use crate::outbox;
use chat_e2e::{Person, Stack, new_id};
use serde::Serialize;
use std::time::Duration;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

/// Messages …
const MESSAGES: u32 = 200;
/// … within so long …
const WITHIN: Duration = Duration::from_secs(5);
/// … from so many dentists, each to a customer with a phone who is offline.
const SESSIONS: usize = 20;
/// How often they may wake `redeliver`.
const MOST_WAKES: i64 = 60;
/// How long the last phone may take to ring.
const RINGS_WITHIN: Duration = Duration::from_secs(30);

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Flood {
    /// Messages that were sent.
    pub messages: u32,
    /// Seconds that sending them took.
    pub seconds: f64,
    /// Seconds after the last send until nothing was owed.
    pub seconds_to_ring: f64,
    /// Invocations of `redeliver` meanwhile.
    pub wakes: i64,
    /// Pushes that the provider took.
    pub pushes: usize,
    /// Promises that were broken.
    pub broken: Vec<String>,
}

/// Sends them, and counts. The stack's schedule must not wake `redeliver` meanwhile.
pub async fn flood(stack: &Stack) -> Flood {
    let mut writers = Vec::new();
    for _ in 0..SESSIONS {
        let (customer, dentist, session) = stack.conversation().await;
        customer.register_player(&new_id()).await.is(200);
        writers.push((dentist, session));
    }
    let before = (wakes(stack).await, stack.pushes().await.len());
    let began = Instant::now();
    send(&writers, began).await;
    let seconds = began.elapsed().as_secs_f64();
    let has_rung = outbox::drains(stack, RINGS_WITHIN).await;
    let seconds_to_ring = began.elapsed().as_secs_f64() - seconds;
    // A run that stands for many wakes looks once more before it ends.
    while stack.statistics("redeliver").await["busy"].as_i64().unwrap_or(0) > 0 {
        sleep(Duration::from_millis(100)).await;
    }
    let wakes = wakes(stack).await - before.0;
    let pushes = stack.pushes().await.len() - before.1;
    let promises = [
        ("the phones ring", has_rung && pushes == MESSAGES as usize),
        ("a few wakes are enough for all of them", wakes <= MOST_WAKES),
    ];
    let broken = promises.iter().filter(|(_, holds)| !holds);
    let broken = broken.map(|(promise, _)| format!("flood: {promise}")).collect();
    Flood { messages: MESSAGES, seconds, seconds_to_ring, wakes, pushes, broken }
}

/// One message after the other, at an even pace, whatever the answers take.
async fn send(writers: &[(Person, i64)], began: Instant) {
    let mut sends = JoinSet::new();
    for ((dentist, session), number) in writers.iter().cycle().zip(0..MESSAGES) {
        sleep_until(began + WITHIN * number / MESSAGES).await;
        let (dentist, session) = (dentist.clone(), *session);
        sends.spawn(async move { dentist.say(session, "Your crown is here.").await.is(201) });
    }
    sends.join_all().await;
}

async fn wakes(stack: &Stack) -> i64 {
    stack.statistics("redeliver").await["invocations"].as_i64().unwrap_or_default()
}
