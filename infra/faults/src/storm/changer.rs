//! Someone who corrects and retracts what they have said, and tries again as a client should.

use super::cast::{Stage, lock};
use crate::history::{Changed, Outcome};
use chat_e2e::{Person, new_id};
use rand::{random_range, seq::IndexedRandom as _};
use reqwest::Method;
use serde_json::json;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// When a client stops waiting for an answer.
const PATIENCE: Duration = Duration::from_secs(12);
/// How often a change is tried; each may be tried again, whatever became of it.
const TRIES: usize = 30;
/// Of the newest so many messages one is changed.
const NEWEST: usize = 30;

/// What an answer says about a change.
enum Said {
    Done,
    /// There is no such message, or it is too old.
    Gone,
    Nothing,
}

/// Changes own messages with pauses until the storm is over.
pub(super) async fn change_until_over(stage: Arc<Stage>, person: Person, session: i64) {
    while *stage.sending.borrow() {
        sleep(Duration::from_millis(random_range(100..900))).await;
        if let Some((seq, content)) = own_message(&stage, &person, session) {
            let retracts = random_range(0..3) == 0;
            change(&stage, &person, (session, seq), content, retracts).await;
        }
    }
}

/// One of the newest messages that can be changed, and what it says.
fn own_message(stage: &Stage, person: &Person, session: i64) -> Option<(i64, String)> {
    let sender = format!("{} {}", person.role.as_str(), person.id);
    let (sent, changed) = (lock(&stage.sent), lock(&stage.changed));
    let can_be_changed = |seq: &i64| {
        !changed.get(&(session, *seq)).is_some_and(|it| it.is_retracted || it.is_gone || it.is_open)
    };
    let own = sent.iter().rev().filter(|sent| sent.session == session && sent.sender == sender);
    let own = own.filter_map(|sent| match sent.outcome {
        Outcome::Acknowledged { seq, .. } => Some((seq, sent.content.clone())),
        Outcome::Unknown | Outcome::Refused => None,
    });
    let own: Vec<_> = own.filter(|(seq, _)| can_be_changed(seq)).take(NEWEST).collect();
    let (seq, content) = own.choose(&mut rand::rng())?.clone();
    let content = changed.get(&(session, seq)).map_or(content, |changed| changed.content.clone());
    Some((seq, content))
}

async fn change(
    stage: &Stage,
    person: &Person,
    (session, seq): (i64, i64),
    before: String,
    retracts: bool,
) {
    let path = format!("/sessions/{session}/messages/{seq}");
    let content = format!("said-{}: corrected", new_id());
    let body = json!({"content": content});
    let mut said = Said::Nothing;
    for _ in 0..TRIES {
        said = if retracts {
            ask(stage, person, Method::POST, &format!("{path}/retraction"), None).await
        } else {
            ask(stage, person, Method::PUT, &path, Some(&body)).await
        };
        if !matches!(said, Said::Nothing) {
            break;
        }
        sleep(Duration::from_millis(random_range(50..1_000))).await;
    }
    if retracts && matches!(said, Said::Done) {
        lock(&stage.retracted).push(before);
    }
    let changed = Changed {
        content: if retracts { String::new() } else { content },
        is_retracted: retracts,
        is_gone: matches!(said, Said::Gone),
        is_open: matches!(said, Said::Nothing),
    };
    lock(&stage.changed).insert((session, seq), changed);
}

async fn ask(
    stage: &Stage,
    person: &Person,
    method: Method,
    path: &str,
    body: Option<&serde_json::Value>,
) -> Said {
    match timeout(PATIENCE, person.try_call(method, path, body)).await {
        Ok(Ok(reply)) if reply.status == 200 => Said::Done,
        Ok(Ok(reply)) if ["message_not_found", "too_late"].contains(&reply.code()) => Said::Gone,
        Ok(Ok(reply)) if reply.status < 500 => {
            stage.surprised(format!("{path}: {}", reply.text));
            Said::Nothing
        }
        _ => {
            stage.troubled.fetch_add(1, Ordering::Relaxed);
            Said::Nothing
        }
    }
}
