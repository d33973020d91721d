//! After the storm: what is owed is delivered, and everything is written down for the checker.

use super::{
    cast::{Conversation, Stage, lock},
    fetch::{all_messages, fetch},
    leaks,
    plan::Plan,
    sender::send,
};
use crate::{
    history::{FreshRead, Heard, History, Message, Outcome, Push, Side},
    outbox,
};
use chat_e2e::{Person, Stack};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

/// Between two looks at something that is to come true.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// The last word in each session: its frame shows to every listener what is missing before it.
pub(super) async fn say_good_bye(stage: &Stage) {
    for conversation in &stage.conversations {
        let Conversation { session, dentist, .. } = conversation;
        let good_bye = async || send(stage, dentist, *session, "said-Good-bye.".to_owned()).await;
        while !matches!(good_bye().await, Outcome::Acknowledged { .. }) {}
    }
}

/// Waits for deliveries as long as the plan allows, sends the listeners home, and collects.
pub(super) async fn history(stage: &Stage, plan: &Plan, mut listeners: JoinSet<()>) -> History {
    deliver(&stage.stack, plan).await;
    stage.tell("nothing is owed, or patience is over");
    let mut sessions = Vec::new();
    for conversation in &stage.conversations {
        sessions.push(fresh_read(stage, conversation).await);
    }
    let reads: HashMap<i64, &FreshRead> =
        sessions.iter().map(|read| (read.session, read)).collect();
    let deadline = Instant::now() + plan.patience;
    while !has_heard_everything(stage, &reads) && Instant::now() < deadline {
        sleep(BETWEEN_LOOKS).await;
    }
    stage.tell("everything is heard, or patience is over");
    stage.listening.send_replace(false);
    while let Some(ended) = listeners.join_next().await {
        ended.expect("a listener does not fail");
    }
    let pushes = pushes(&stage.stack, &reads).await;
    let leaks = leaks::find(stage).await;
    let owed = outbox::rows(&stage.stack).await;
    let copy = |heard: &Arc<Mutex<Heard>>| lock(heard).clone();
    History {
        sent: lock(&stage.sent).clone(),
        changed: lock(&stage.changed).clone(),
        leaks,
        heard: lock(&stage.heard).iter().map(copy).collect(),
        pushes,
        owed,
        frames_refused: frames_refused(&stage.stack),
        surprises: lock(&stage.surprises).clone(),
        sessions,
    }
}

/// Lets `redeliver` run until nothing is owed, or patience ends.
async fn deliver(stack: &Stack, plan: &Plan) {
    if !plan.is_in_a_hurry {
        outbox::drains(stack, plan.patience).await;
        return;
    }
    let deadline = Instant::now() + plan.patience;
    while outbox::rows(stack).await > 0 && Instant::now() < deadline {
        outbox::a_minute_passes(stack).await;
        // It may be killed still: by its deadline, behind a provider that was slow.
        stack.run_schedule("redeliver").await;
        sleep(BETWEEN_LOOKS).await;
    }
}

fn last_of(read: &FreshRead) -> i64 {
    read.messages.last().map_or(0, |message| message.seq)
}

fn has_heard_everything(stage: &Stage, reads: &HashMap<i64, &FreshRead>) -> bool {
    lock(&stage.heard).iter().all(|heard| {
        let heard = lock(heard);
        let Some(read) = reads.get(&heard.session) else { return true };
        let last = last_of(read);
        let owed = heard.frames_after.map_or(last + 1, |after| read.first_seq.max(after + 1));
        let is_same = |it: &Message| heard.messages.get(&it.seq).is_some_and(|seen| seen.is(it));
        (owed..=last).all(|seq| heard.frames.contains(&seq)) && read.messages.iter().all(is_same)
    })
}

/// A session as both sides see it now.
async fn fresh_read(stage: &Stage, conversation: &Conversation) -> FreshRead {
    let Conversation { session, customer, dentist, rings, marks } = conversation;
    let messages: Vec<Message> =
        all_messages(customer, *session).await.iter().map(Message::of).collect();
    let for_dentist: Vec<Message> =
        all_messages(dentist, *session).await.iter().map(Message::of).collect();
    assert!(messages == for_dentist, "session {session} is not the same for both sides");
    let mut sides = Vec::new();
    for (person, mark) in [customer, dentist].into_iter().zip(marks.iter()) {
        sides.push(side(person, *session, mark.load(Ordering::Relaxed)).await);
    }
    let database = stage.stack.database().await;
    let sql = format!("SELECT first_seq FROM chat_sessions WHERE id = {session}");
    let first_seq = database.number(&sql).await;
    let aged = lock(&stage.aged).get(session).copied().unwrap_or_default();
    FreshRead { session: *session, first_seq, aged, messages, sides, rings: *rings }
}

async fn side(person: &Person, session: i64, marked: i64) -> Side {
    let role = person.role.as_str();
    let body = fetch(person, &format!("/sessions/{session}")).await.body;
    let number = |name: &str| body[name].as_i64().unwrap_or(-1);
    let read_seq = number(&format!("{role}_read_seq"));
    Side { role, unread_count: number("unread_count"), read_seq, marked }
}

/// What the provider received for these sessions.
async fn pushes(stack: &Stack, sessions: &HashMap<i64, &FreshRead>) -> Vec<Push> {
    let pushes = stack.pushes().await;
    let pushes = pushes.iter().map(|attempt| Push {
        session: attempt.body["data"]["session_id"].as_i64().unwrap_or_default(),
        seq: attempt.body["data"]["seq"].as_i64().unwrap_or_default(),
        key: attempt.body["idempotency_key"].as_str().unwrap_or_default().to_owned(),
        is_accepted: attempt.status == Some(200),
    });
    pushes.filter(|push| sessions.contains_key(&push.session)).collect()
}

/// How often the gateway did not take a frame, by the functions' own metrics.
fn frames_refused(stack: &Stack) -> u64 {
    let log = stack.log();
    let values = log.split("\"FramesDropped\":").skip(1);
    let whole = |text: &str| text.split(['.', ',', '}']).next()?.trim().parse::<u64>().ok();
    values.filter_map(whole).sum()
}
