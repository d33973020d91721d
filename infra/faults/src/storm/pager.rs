//! Reading by `after=`, as a client catches up.

use super::cast::{Stage, lock};
use crate::history::{Heard, Message};
use chat_e2e::Person;
use rand::random_range;
use reqwest::Method;
use serde_json::json;
use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// When a client stops waiting for an answer.
const PATIENCE: Duration = Duration::from_secs(12);

/// Reads what follows the part of the session that is complete, up to its end; tells where that is.
pub(super) async fn catch_up(stage: &Stage, person: &Person, heard: &Mutex<Heard>) -> Option<i64> {
    let complete_to = lock(heard).complete_to();
    read_on(stage, person, heard, complete_to).await
}

/// Reads what follows this `seq`, up to the end; tells where that is. From 0 on, it shows what was changed too.
/// Tries again as long as the service cannot answer and anyone listens.
pub(super) async fn read_on(
    stage: &Stage,
    person: &Person,
    heard: &Mutex<Heard>,
    mut after: i64,
) -> Option<i64> {
    let session = lock(heard).session;
    while *stage.listening.borrow() {
        let path = format!("/sessions/{session}/messages?after={after}&limit=100");
        let answer = timeout(PATIENCE, person.try_call(Method::GET, &path, None)).await;
        let Ok(Ok(reply)) = answer else { continue };
        if reply.status != 200 {
            if reply.status < 500 {
                stage.surprised(format!("session {session}, catching up: {}", reply.text));
            }
            stage.troubled.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(random_range(50..500))).await;
            continue;
        }
        let messages = reply.body["messages"].as_array().into_iter().flatten().map(Message::of);
        let is_beginning = reply.body["has_more_before"] == false;
        after = lock(heard).page(after, is_beginning, messages);
        if reply.body["has_more_after"] != true {
            return Some(after);
        }
    }
    None
}

/// Polls a session, and marks as read what it has seen.
pub(super) async fn read_until_over(stage: Arc<Stage>, person: Person, session: i64) {
    let who = format!("{} {}, reading", person.role.as_str(), person.id);
    let heard = stage.notes(&who, session);
    while *stage.reading.borrow() {
        sleep(Duration::from_millis(random_range(100..600))).await;
        let Some(end) = catch_up(&stage, &person, &heard).await else { break };
        mark(&stage, &person, session, end - random_range(0..=3.min(end))).await;
    }
    // What came after the last look, and what was changed behind it.
    read_on(&stage, &person, &heard, 0).await;
}

async fn mark(stage: &Stage, person: &Person, session: i64, up_to: i64) {
    let path = format!("/sessions/{session}/read");
    let body = json!({"up_to_seq": up_to});
    let answer = timeout(PATIENCE, person.try_call(Method::POST, &path, Some(&body))).await;
    let Ok(Ok(reply)) = answer else { return };
    if reply.status != 200 {
        if reply.status < 500 {
            stage.surprised(format!("session {session}, reading to {up_to}: {}", reply.text));
        }
        stage.troubled.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let conversation = stage.conversations.iter().find(|found| found.session == session);
    let conversation = conversation.expect("a session of this storm");
    let side = usize::from(person.role == chat_e2e::Role::Dentist);
    let marked = reply.body["up_to_seq"].as_i64().unwrap_or_default();
    conversation.marks[side].fetch_max(marked, Ordering::Relaxed);
}
