//! Reading by `sync`, as an app that keeps what it has.

use super::{
    cast::{Stage, lock},
    pager,
};
use crate::history::{Heard, Message};
use chat_e2e::{Person, Reply};
use rand::random_range;
use reqwest::Method;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// When a client stops waiting for an answer.
const PATIENCE: Duration = Duration::from_secs(12);

/// Someone's sessions, as far as they have heard.
struct Syncer {
    stage: Arc<Stage>,
    person: Person,
    sessions: HashMap<i64, Arc<Mutex<Heard>>>,
    cursor: Option<String>,
}

/// Catches up as fast as the service answers, and once more when all is over.
pub(super) async fn sync_until_over(stage: Arc<Stage>, person: Person) {
    let who = format!("{} {}, syncing", person.role.as_str(), person.id);
    let sessions = stage.sessions_of(&person);
    let sessions = sessions.into_iter().map(|session| (session, stage.notes(&who, session)));
    let sessions = sessions.collect();
    let mut syncer = Syncer { stage, person, sessions, cursor: None };
    while *syncer.stage.reading.borrow() {
        syncer.turn_page().await;
    }
    while syncer.turn_page().await {}
}

impl Syncer {
    /// Asks for one page; tells whether there is more, or none came.
    async fn turn_page(&mut self) -> bool {
        let since = self.cursor.iter().map(|cursor| format!("&since={cursor}"));
        let path = format!("/sync?limit=5{}", since.collect::<String>());
        let answer = timeout(PATIENCE, self.person.try_call(Method::GET, &path, None)).await;
        let Ok(Ok(reply)) = answer else { return *self.stage.listening.borrow() };
        if reply.status != 200 {
            return self.wait(&reply).await;
        }
        for change in reply.body["changes"].as_array().into_iter().flatten() {
            self.take(change).await;
        }
        self.cursor = reply.body["next"].as_str().map(str::to_owned);
        reply.body["has_more"] == true
    }

    async fn wait(&self, reply: &Reply) -> bool {
        if reply.status < 500 {
            self.stage.surprised(format!("syncing: {}", reply.text));
        }
        self.stage.troubled.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(random_range(50..500))).await;
        *self.stage.listening.borrow()
    }

    /// What is known of the session is complete now, but for what is older than a truncated change.
    async fn take(&self, change: &Value) {
        let id = change["session"]["id"].as_i64().unwrap_or_default();
        let Some(heard) = self.sessions.get(&id) else {
            return self.stage.surprised(format!("syncing: session {id} is another's"));
        };
        if change["truncated"] == true {
            // This client shows everything, from the beginning.
            pager::read_on(&self.stage, &self.person, heard, 0).await;
        }
        let before = Self::note(change, heard);
        let last = change["session"]["last_seq"].as_i64();
        if last <= Some(lock(heard).complete_to()) {
            return;
        }
        // Only what has expired may be missing.
        pager::catch_up(&self.stage, &self.person, heard).await;
        let mut heard = lock(heard);
        if heard.first_seq <= before + 1 {
            heard.skips.push(format!("sync: {before} of {last:?} are there"));
        }
    }

    /// Notes its messages; tells up to where the session was complete then.
    fn note(change: &Value, heard: &Mutex<Heard>) -> i64 {
        let mut heard = lock(heard);
        for message in change["messages"].as_array().into_iter().flatten().map(Message::of) {
            let is_new = heard.note(message);
            heard.by_page += u64::from(is_new);
        }
        heard.complete_to()
    }
}
