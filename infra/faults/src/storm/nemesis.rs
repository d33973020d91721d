//! What goes wrong, and when.

use super::cast::{Stage, lock};
use chat_e2e::{Behavior, Condition, Dependency, SOON, Stack, eventually};
use rand::{
    random_range,
    seq::{IndexedRandom as _, SliceRandom as _},
};
use serde::Serialize;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// Something that goes wrong for a while.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    /// A function's environments are killed, busy ones too.
    Kill(&'static str),
    /// PostgreSQL is killed hard and started again.
    Restart,
    /// A dependency is in a state for so many milliseconds.
    Disturb(Dependency, Condition, u64),
    /// The push provider answers with a status after so many milliseconds, for so many milliseconds.
    Provider(u16, u64, u64),
    /// The network forgets the connections to a dependency: nobody closes them, and nobody answers.
    Forget(Dependency),
    /// The gateway answers a quarter of the frames with 429 and a quarter with 500, for so many
    /// milliseconds.
    RefuseFrames(u64),
    /// The oldest quarter of a session grows older than the retention period, which is applied.
    Expire,
}

use Mishap::{Disturb, Expire, Forget, Kill, Provider, RefuseFrames, Restart};

/// One round; its order is another one each time.
const ROUND: [Mishap; 31] = [
    Kill("send-message"),
    Kill("send-message"),
    Kill("send-message"),
    Kill("send-message"),
    Kill("send-message"),
    Kill("redeliver"),
    Kill("redeliver"),
    Kill("list-messages"),
    Kill("mark-read"),
    Kill("ws-connect"),
    Kill("ws-authorize"),
    Restart,
    Restart,
    Disturb(Dependency::Postgres, Condition::Frozen, 3_000),
    Disturb(Dependency::Postgres, Condition::Down, 1_500),
    Disturb(Dependency::MySql, Condition::Down, 2_000),
    Disturb(Dependency::S3, Condition::Frozen, 1_000),
    Disturb(Dependency::OneSignal, Condition::Down, 2_000),
    Provider(500, 0, 2_000),
    Provider(200, 5_000, 3_000),
    Forget(Dependency::Postgres),
    Forget(Dependency::Postgres),
    Forget(Dependency::MySql),
    Forget(Dependency::S3),
    Forget(Dependency::OneSignal),
    RefuseFrames(3_000),
    RefuseFrames(6_000),
    Expire,
    Expire,
    Kill("correct-message"),
    Kill("retract-message"),
];

/// A short round: a bit of everything.
const SHORT_ROUND: [Mishap; 15] = [
    Kill("send-message"),
    Kill("send-message"),
    Kill("send-message"),
    Kill("redeliver"),
    Kill("ws-connect"),
    Restart,
    Disturb(Dependency::Postgres, Condition::Frozen, 1_000),
    Disturb(Dependency::MySql, Condition::Down, 500),
    Provider(429, 200, 1_000),
    Forget(Dependency::Postgres),
    Forget(Dependency::OneSignal),
    RefuseFrames(1_500),
    Expire,
    Kill("correct-message"),
    Kill("retract-message"),
];

/// What went wrong, counted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Mishaps {
    /// Times that a function's environments were killed, and there were any.
    pub kills: u64,
    /// Processes that died so.
    pub processes_killed: u64,
    /// Immediate restarts of PostgreSQL.
    pub restarts: u64,
    /// Times that a dependency was frozen, down, slow, erring or forgotten for a while.
    pub disturbances: u64,
    /// Everything in order.
    pub log: Vec<String>,
}

impl Mishaps {
    /// Has one round of things go wrong, with a moment of calm before each.
    pub(super) async fn round(&mut self, stage: &Stage, is_short: bool) {
        let mut round = if is_short { SHORT_ROUND.to_vec() } else { ROUND.to_vec() };
        let calm = if is_short { 200..600 } else { 1_500..4_000 };
        round.shuffle(&mut rand::rng());
        for mishap in round {
            sleep(Duration::from_millis(random_range(calm.clone()))).await;
            self.happen(stage, mishap).await;
        }
    }

    /// Restarts PostgreSQL under people's hands.
    pub(super) async fn happen_to_database(&mut self, stage: &Stage) {
        sleep(Duration::from_millis(random_range(800..1_500))).await;
        self.happen(stage, Restart).await;
    }

    /// Kills whoever sends.
    pub(super) async fn happen_to_senders(&mut self, stage: &Stage) {
        sleep(Duration::from_millis(random_range(100..400))).await;
        self.happen(stage, Kill("send-message")).await;
    }

    async fn happen(&mut self, stage: &Stage, mishap: Mishap) {
        let stack = &stage.stack;
        self.log.push(format!("{mishap:?}"));
        match mishap {
            Kill(function) => {
                let killed = u64::try_from(stack.kill(function).await).unwrap_or(0);
                self.kills += u64::from(killed > 0);
                self.processes_killed += killed;
            }
            Restart => {
                stack.set(Dependency::Postgres, Condition::Restarted).await;
                self.restarts += 1;
            }
            Disturb(dependency, condition, milliseconds) => {
                stack.set(dependency, condition).await;
                sleep(Duration::from_millis(milliseconds)).await;
                stack.set(dependency, Condition::Up).await;
                self.disturbances += 1;
            }
            Provider(status, delay_ms, milliseconds) => {
                let behavior = Behavior { status, delay_ms, ..Behavior::default() };
                stack.provider_behaves(&behavior).await;
                sleep(Duration::from_millis(milliseconds)).await;
                stack.provider_behaves(&Behavior::default()).await;
                self.disturbances += 1;
            }
            Forget(dependency) => {
                stack.set(dependency, Condition::Forgotten).await;
                self.disturbances += 1;
            }
            RefuseFrames(milliseconds) => {
                stack.refuse_posts(0.25, 0.25).await;
                sleep(Duration::from_millis(milliseconds)).await;
                stack.refuse_posts(0.0, 0.0).await;
                self.disturbances += 1;
            }
            Expire => {
                expire(stage).await;
                self.disturbances += 1;
            }
        }
    }
}

async fn expire(stage: &Stage) {
    let conversation = stage.conversations.choose(&mut rand::rng());
    let Some(session) = conversation.map(|it| it.session) else { return };
    let database = stage.stack.database().await;
    let sql = "SELECT first_seq + (last_seq - first_seq) / 4 - 1 FROM chat_sessions";
    let aged = database.number(&format!("{sql} WHERE id = {session}")).await;
    let age = "UPDATE chat_messages SET created_at = created_at - interval '2 days'";
    database.run(&format!("{age} WHERE session_id = {session} AND seq <= {aged}")).await;
    lock(&stage.aged).entry(session).and_modify(|it| *it = aged.max(*it)).or_insert(aged);
    // It may not have a lock in time, and is asked again in the end.
    stage.stack.invoke("apply-retention", &json!({})).await;
}

/// The retention period is applied, whatever came between before.
pub(super) async fn retain(stack: &Stack) {
    eventually("nothing is left to expire", SOON, async || {
        let run = stack.invoke("apply-retention", &json!({})).await;
        (run.body["more"] == false).then_some(())
    })
    .await;
}

/// Everything works again.
pub(super) async fn heal(stack: &Stack) {
    for dependency in
        [Dependency::Postgres, Dependency::MySql, Dependency::S3, Dependency::OneSignal]
    {
        stack.set(dependency, Condition::Up).await;
    }
    stack.provider_behaves(&Behavior::default()).await;
    stack.refuse_posts(0.0, 0.0).await;
}
