//! The storm: people write, correct, retract, read and listen while old messages expire and things go wrong;
//! then everything is healed, what is owed is delivered, and the checker looks at what all of them saw.

mod cast;
mod changer;
mod ending;
mod fetch;
mod leaks;
mod listener;
mod nemesis;
mod pager;
mod plan;
mod sender;
mod syncer;

pub use nemesis::Mishaps;
pub use plan::{Plan, Weather};

use crate::{
    check::{Findings, check},
    history::{History, Outcome},
};
use cast::Stage;
use chat_e2e::Stack;
use serde::Serialize;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{task::JoinSet, time::sleep};

/// What came of a storm.
#[derive(Clone, Debug, Serialize)]
pub struct Storm {
    /// Sends that were acknowledged.
    pub acknowledged: usize,
    /// Sends of which the sender knows nothing.
    pub unknown: usize,
    /// Sends of which the sender knows nothing, and which are there.
    pub unknown_and_stored: usize,
    /// Messages that are there.
    pub stored: usize,
    /// Messages that expired.
    pub expired: i64,
    /// Messages that their authors corrected …
    pub corrected: usize,
    /// … and retracted.
    pub retracted: usize,
    /// Requests without an answer, or with one of the 500s.
    pub troubled_requests: u64,
    /// What went wrong.
    pub mishaps: Mishaps,
    /// Messages that listeners had first by a frame …
    pub heard_by_frame: u64,
    /// … or by a page.
    pub heard_by_page: u64,
    /// Frames that came again.
    pub frames_repeated: u64,
    /// Times that the gateway did not take a frame, which was then sent again.
    pub frames_refused: u64,
    /// Requests that the provider received …
    pub pushes_tried: usize,
    /// … and took.
    pub pushes_accepted: usize,
    /// Seconds under load.
    pub seconds: f64,
    /// Seconds until nothing was owed any more.
    pub seconds_to_deliver: f64,
    /// What the checker found.
    pub findings: Findings,
}

/// Has a storm over a stack.
pub async fn run(stack: &Stack, plan: &Plan) -> Storm {
    let stage = Stage::new(stack.clone(), plan.online, plan.offline).await;
    let (mut senders, mut readers, listeners) = start(&stage);
    let mishaps = go_wrong(&stage, plan).await;
    nemesis::heal(stack).await;
    nemesis::retain(stack).await;
    stage.tell("everything is healed");

    stage.sending.send_replace(false);
    while let Some(ended) = senders.join_next().await {
        ended.expect("a sender does not fail");
    }
    let seconds = stage.now().as_secs_f64();
    stage.tell("nobody sends");
    ending::say_good_bye(&stage).await;
    stage.reading.send_replace(false);
    while let Some(ended) = readers.join_next().await {
        ended.expect("a reader does not fail");
    }
    stage.tell("nobody reads");
    let history = ending::history(&stage, plan, listeners).await;
    let seconds_to_deliver = stage.now().as_secs_f64() - seconds;
    report(&stage, &history, mishaps, seconds, seconds_to_deliver)
}

/// Everyone begins: senders, readers, listeners.
fn start(stage: &Arc<Stage>) -> (JoinSet<()>, JoinSet<()>, JoinSet<()>) {
    let (mut senders, mut readers, mut listeners) =
        (JoinSet::new(), JoinSet::new(), JoinSet::new());
    let mut listening = std::collections::HashSet::new();
    for conversation in &stage.conversations {
        let cast::Conversation { session, customer, dentist, rings, .. } = conversation.clone();
        let writers = if rings { [&dentist, &dentist] } else { [&customer, &dentist] };
        // The customer has a second device.
        for person in writers.into_iter().chain((!rings).then_some(&customer)) {
            senders.spawn(sender::send_until_over(Arc::clone(stage), person.clone(), session));
        }
        for person in [&customer, &dentist] {
            senders.spawn(changer::change_until_over(Arc::clone(stage), person.clone(), session));
        }
        if !rings {
            for person in [&customer, &dentist] {
                let (stage, person) = (Arc::clone(stage), person.clone());
                readers.spawn(pager::read_until_over(stage, person, session));
            }
            listeners.spawn(listener::listen(Arc::clone(stage), customer, "phone", true));
        }
        if listening.insert(dentist.id) {
            readers.spawn(syncer::sync_until_over(Arc::clone(stage), dentist.clone()));
            for (device, is_restless) in [("desk", false), ("tablet", true)] {
                let (stage, dentist) = (Arc::clone(stage), dentist.clone());
                listeners.spawn(listener::listen(stage, dentist, device, is_restless));
            }
        }
    }
    (senders, readers, listeners)
}

/// Things go wrong until the plan is fulfilled.
async fn go_wrong(stage: &Stage, plan: &Plan) -> Mishaps {
    let mut mishaps = Mishaps::default();
    // Everyone has begun, and functions are warm.
    sleep(Duration::from_secs(1)).await;
    loop {
        match plan.weather {
            Weather::Everything => mishaps.round(stage, false).await,
            Weather::ABitOfEverything => mishaps.round(stage, true).await,
            Weather::DatabaseDies => mishaps.happen_to_database(stage).await,
            Weather::SendersDie => mishaps.happen_to_senders(stage).await,
        }
        let acknowledged = stage.acknowledged.load(Ordering::Relaxed);
        eprintln!(
            "{:6.1} s: {acknowledged} acknowledged, {} requests in trouble, {} kills, {} restarts, \
             {} disturbances",
            stage.now().as_secs_f64(),
            stage.troubled.load(Ordering::Relaxed),
            mishaps.kills,
            mishaps.restarts,
            mishaps.disturbances,
        );
        let is_enough = acknowledged >= plan.acknowledged
            && mishaps.kills >= plan.kills
            && mishaps.restarts >= plan.restarts;
        if is_enough {
            return mishaps;
        }
    }
}

fn report(
    stage: &Stage,
    history: &History,
    mishaps: Mishaps,
    seconds: f64,
    seconds_to_deliver: f64,
) -> Storm {
    let is_acknowledged = |outcome| matches!(outcome, Outcome::Acknowledged { .. });
    let unknown = history.sent.iter().filter(|sent| sent.outcome == Outcome::Unknown);
    let messages = || history.sessions.iter().flat_map(|read| &read.messages);
    let stored: std::collections::HashSet<&str> =
        messages().map(|message| message.client_message_id.as_str()).collect();
    let changed = |is: fn(&crate::history::Changed) -> bool| {
        let done = history.changed.values().filter(|changed| !changed.is_open && !changed.is_gone);
        done.filter(|changed| is(changed)).count()
    };
    let sum = |count: fn(&crate::history::Heard) -> u64| history.heard.iter().map(count).sum();
    Storm {
        acknowledged: history.sent.iter().filter(|sent| is_acknowledged(sent.outcome)).count(),
        unknown: unknown.clone().count(),
        unknown_and_stored: unknown
            .filter(|sent| stored.contains(sent.client_message_id.as_str()))
            .count(),
        stored: messages().count(),
        expired: history.sessions.iter().map(|read| read.first_seq - 1).sum(),
        corrected: changed(|it| !it.is_retracted),
        retracted: changed(|it| it.is_retracted),
        troubled_requests: stage.troubled.load(Ordering::Relaxed),
        mishaps,
        heard_by_frame: sum(|heard| heard.by_frame),
        heard_by_page: sum(|heard| heard.by_page),
        frames_repeated: sum(|heard| heard.repeated),
        frames_refused: history.frames_refused,
        pushes_tried: history.pushes.len(),
        pushes_accepted: history.pushes.iter().filter(|push| push.is_accepted).count(),
        seconds,
        seconds_to_deliver,
        findings: check(history),
    }
}
