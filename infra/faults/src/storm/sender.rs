//! Someone who writes, and tries again as a client should.

use super::cast::{Stage, lock};
use crate::history::{Outcome, Sent};
use chat_e2e::{Person, Reply, new_id};
use rand::random_range;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// When a client stops waiting for an answer.
const PATIENCE: Duration = Duration::from_secs(12);
/// How often a message is tried.
const TRIES: usize = 12;

/// What an answer says about a message.
enum Said {
    Stored(i64),
    Refused,
    /// It may be stored; how long to wait before asking again.
    Nothing(Duration),
}

/// Writes messages with short pauses until the storm is over.
pub(super) async fn send_until_over(stage: Arc<Stage>, person: Person, session: i64) {
    let mut number = 0;
    while *stage.sending.borrow() {
        number += 1;
        let words = "a tooth, ein Zahn, 歯, зуб; ".repeat(random_range(0..6));
        send(&stage, &person, session, format!("said-{}: message {number}: {words}", new_id()))
            .await;
        sleep(Duration::from_millis(random_range(0..60))).await;
    }
}

/// Sends one message, and notes how that went.
pub(super) async fn send(stage: &Stage, person: &Person, session: i64, content: String) -> Outcome {
    let client_message_id = new_id();
    let body = json!({"client_message_id": client_message_id, "content": content});
    // Some give up at once: whether their messages are stored stays open.
    let tries = if random_range(0..10) == 0 { 1 } else { TRIES };
    let began = stage.now();
    let outcome = try_to_send(stage, person, session, &body, tries).await;
    // Some ask again although they have the answer: it must be the same.
    if let Outcome::Acknowledged { seq, .. } = outcome
        && random_range(0..20) == 0
        && let Said::Stored(again) = ask(stage, person, session, &body).await
        && again != seq
    {
        stage.surprised(format!("session {session}: {seq} is {again} when sent again"));
    }
    let sender = format!("{} {}", person.role.as_str(), person.id);
    lock(&stage.sent).push(Sent { session, sender, client_message_id, content, began, outcome });
    outcome
}

async fn try_to_send(
    stage: &Stage,
    person: &Person,
    session: i64,
    body: &Value,
    tries: usize,
) -> Outcome {
    let mut is_open = false;
    for _ in 0..tries {
        match ask(stage, person, session, body).await {
            Said::Stored(seq) => {
                stage.acknowledged.fetch_add(1, Ordering::Relaxed);
                return Outcome::Acknowledged { seq, at: stage.now() };
            }
            // An earlier try without an answer may have stored it.
            Said::Refused if is_open => return Outcome::Unknown,
            Said::Refused => return Outcome::Refused,
            Said::Nothing(pause) => sleep(pause).await,
        }
        is_open = true;
    }
    Outcome::Unknown
}

async fn ask(stage: &Stage, person: &Person, session: i64, body: &Value) -> Said {
    let path = format!("/sessions/{session}/messages");
    let answer = timeout(PATIENCE, person.try_call(Method::POST, &path, Some(body))).await;
    match answer {
        Ok(Ok(reply)) if matches!(reply.status, 200 | 201) => {
            Said::Stored(reply.body["seq"].as_i64().unwrap_or_default())
        }
        Ok(Ok(reply)) if reply.status < 500 => {
            stage.surprised(format!("session {session}, a send: {}", reply.text));
            Said::Refused
        }
        answer => {
            stage.troubled.fetch_add(1, Ordering::Relaxed);
            Said::Nothing(answer.ok().and_then(Result::ok).map_or(Duration::ZERO, |r| pause(&r)))
        }
    }
}

/// As long as the service asks for, within what a bench has time for, and jittered.
fn pause(reply: &Reply) -> Duration {
    let seconds = reply.header("retry-after").parse().unwrap_or(1_u64);
    let longest = Duration::from_secs(seconds.clamp(1, 2)).as_millis();
    Duration::from_millis(random_range(50..=u64::try_from(longest).unwrap_or(1_000)))
}
