//! What senders notice of a push provider in trouble, and what becomes of the pushes. Rounds, each with
//! the provider healthy and in every kind of trouble, in another order each time; what is compared
//! belongs to one round.

mod latency;
mod trouble;

pub use latency::{Latency, Spread};
pub use trouble::Trouble;

use crate::outbox;
use chat_e2e::{Behavior, Condition, Dependency, Person, Stack, new_id};
use rand::{random_range, seq::SliceRandom as _};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

/// Sessions, in each of which a dentist writes to a customer who is offline.
const SESSIONS: usize = 4;
/// How much longer senders may wait, at the 99th percentile.
const LIMIT: f64 = 1.2;
/// How long it may take until all pushes are out after a recovery.
const RECOVERS_WITHIN: Duration = Duration::from_mins(1);

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// How many rounds.
    pub rounds: usize,
    /// Sends in each part of a round.
    pub sends: usize,
    /// What senders waited, by the provider's trouble.
    pub latencies: BTreeMap<Trouble, Latency>,
    /// Messages that must ring.
    pub messages: usize,
    /// Requests that the provider received.
    pub pushes_tried: usize,
    /// Messages of which it took a push.
    pub messages_pushed: usize,
    /// Messages with more than one idempotency key.
    pub messages_with_keys: usize,
    /// Promises that were broken.
    pub broken: Vec<String>,
}

/// Compares, over so many rounds, with so many sends for each trouble in a round.
pub async fn compare(stack: &Stack, rounds: usize, sends: usize) -> Comparison {
    let mut writers = Vec::new();
    for _ in 0..SESSIONS {
        let (customer, dentist, session) = stack.conversation().await;
        customer.register_player(&new_id()).await.is(200);
        writers.push((dentist, session));
    }
    let warming = sends / 4;
    let mut measured: BTreeMap<Trouble, Vec<Vec<f64>>> = BTreeMap::new();
    let mut broken = Vec::new();
    for round in 1..=rounds {
        let mut order = Trouble::ALL;
        order.shuffle(&mut rand::rng());
        for trouble in order {
            trouble.begin(stack).await;
            // The more redeliver has to wait, the more of it starts, here on the senders' own cores:
            // that is over before anything is measured.
            waits(&writers, warming).await;
            let waits = waits(&writers, sends).await;
            measured.entry(trouble).or_default().push(waits);
            if !recover(stack).await {
                broken.push(format!("something is owed a minute after {trouble:?}"));
            }
        }
        eprintln!("round {round} of {rounds}");
    }
    let latencies = latency::of(&measured);
    for (trouble, latency) in &latencies {
        if latency.p99_ratio.median > LIMIT {
            let ratio = latency.p99_ratio.median;
            broken.push(format!("{trouble:?}: senders wait {ratio:.2} times as long"));
        }
    }
    let pushed = Pushed::of(stack).await;
    let in_each = SESSIONS * (sends / SESSIONS) + SESSIONS * (warming / SESSIONS);
    let messages = in_each * rounds * Trouble::ALL.len();
    if pushed.accepted != messages || pushed.with_keys > 0 {
        broken.push(format!("of {messages} messages: {pushed:?}"));
    }
    Comparison {
        rounds,
        sends,
        latencies,
        messages,
        pushes_tried: pushed.tried,
        messages_pushed: pushed.accepted,
        messages_with_keys: pushed.with_keys,
        broken,
    }
}

/// Sends at a moderate pace from all sessions at once; gives the senders' waits, in milliseconds.
async fn waits(writers: &[(Person, i64)], sends: usize) -> Vec<f64> {
    let mut senders = JoinSet::new();
    for (dentist, session) in writers {
        let (dentist, session, share) = (dentist.clone(), *session, sends / writers.len());
        senders.spawn(async move {
            let mut waits = Vec::with_capacity(share);
            for _ in 0..share {
                sleep(Duration::from_millis(random_range(20..60))).await;
                let reply = dentist.say(session, "Your crown is here.").await;
                reply.is(201);
                waits.push(reply.took.as_secs_f64() * 1_000.0);
            }
            waits
        });
    }
    senders.join_all().await.into_iter().flatten().collect()
}

/// The provider is well again, time passes, and what was owed is delivered; false if not all of it.
async fn recover(stack: &Stack) -> bool {
    stack.set(Dependency::OneSignal, Condition::Up).await;
    stack.provider_behaves(&Behavior::default()).await;
    // Runs that still wait for answers would disturb the next measurement.
    stack.kill("redeliver").await;
    let deadline = Instant::now() + RECOVERS_WITHIN;
    while outbox::rows(stack).await > 0 {
        if Instant::now() > deadline {
            return false;
        }
        outbox::a_minute_passes(stack).await;
        stack.run_schedule("redeliver").await;
    }
    true
}

/// What the provider received, by message.
#[derive(Debug)]
struct Pushed {
    tried: usize,
    accepted: usize,
    with_keys: usize,
}

impl Pushed {
    async fn of(stack: &Stack) -> Self {
        let pushes = stack.pushes().await;
        let mut accepted = BTreeSet::new();
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for push in &pushes {
            let message = push.body["data"].to_string();
            if push.status == Some(200) {
                accepted.insert(message.clone());
            }
            keys.entry(message).or_default().insert(push.body["idempotency_key"].to_string());
        }
        let with_keys = keys.values().filter(|keys| keys.len() > 1).count();
        Self { tried: pushes.len(), accepted: accepted.len(), with_keys }
    }
}
