//! Who takes part in a storm, and what all of them share.

use crate::history::{Changed, Heard, Sent};
use chat_e2e::{Person, Stack, new_id};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64},
    },
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// A customer, a dentist and their session.
#[derive(Clone)]
pub(super) struct Conversation {
    pub(super) session: i64,
    pub(super) customer: Person,
    pub(super) dentist: Person,
    /// The customer has a phone and no connection: each message of the dentist must ring.
    pub(super) rings: bool,
    /// The highest read mark that each side had acknowledged: customer, dentist.
    pub(super) marks: Arc<[AtomicI64; 2]>,
}

/// What all clients of a storm share.
pub(super) struct Stage {
    pub(super) stack: Stack,
    pub(super) began: Instant,
    pub(super) conversations: Vec<Conversation>,
    pub(super) acknowledged: AtomicU64,
    /// Requests that got no answer, or one of the 500s.
    pub(super) troubled: AtomicU64,
    pub(super) sent: Mutex<Vec<Sent>>,
    /// What became of messages that their authors changed.
    pub(super) changed: Mutex<BTreeMap<(i64, i64), Changed>>,
    /// What retracted messages said.
    pub(super) retracted: Mutex<Vec<String>>,
    /// Up to where a session's messages are older than the retention period.
    pub(super) aged: Mutex<HashMap<i64, i64>>,
    /// Whether new messages are still sent.
    pub(super) sending: watch::Sender<bool>,
    /// Whether readers still read.
    pub(super) reading: watch::Sender<bool>,
    /// Whether listeners still listen.
    pub(super) listening: watch::Sender<bool>,
    pub(super) heard: Mutex<Vec<Arc<Mutex<Heard>>>>,
    /// Answers that nobody should get.
    pub(super) surprises: Mutex<Vec<String>>,
}

impl Stage {
    /// New people: some conversations with both sides online, some with a customer who is offline.
    pub(super) async fn new(stack: Stack, online: usize, offline: usize) -> Arc<Self> {
        let mut conversations = Vec::new();
        let mut dentist = stack.dentist().await;
        for number in 0..online + offline {
            // A dentist has several sessions, a customer one.
            if number % 3 == 2 {
                dentist = stack.dentist().await;
            }
            let customer = stack.customer().await;
            // 200 where the function's own second try found what its first had made.
            let created = customer.create_session(&dentist).await;
            assert!(matches!(created.status, 200 | 201), "{}", created.text);
            let session = created.id(created.status);
            let rings = number >= online;
            if rings {
                customer.register_player(&new_id()).await.is(200);
            }
            let dentist = dentist.clone();
            let marks = Arc::default();
            conversations.push(Conversation { session, customer, dentist, rings, marks });
        }
        Arc::new(Self {
            stack,
            began: Instant::now(),
            conversations,
            acknowledged: AtomicU64::new(0),
            troubled: AtomicU64::new(0),
            sent: Mutex::default(),
            changed: Mutex::default(),
            retracted: Mutex::default(),
            aged: Mutex::default(),
            sending: watch::Sender::new(true),
            reading: watch::Sender::new(true),
            listening: watch::Sender::new(true),
            surprises: Mutex::default(),
            heard: Mutex::default(),
        })
    }

    /// Since the beginning.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Where the time goes, for whoever waits.
    pub(super) fn tell(&self, what: &str) {
        eprintln!("{:6.1} s: {what}", self.now().as_secs_f64());
    }

    /// Someone's notes on a session, for the checker too.
    pub(super) fn notes(&self, listener: &str, session: i64) -> Arc<Mutex<Heard>> {
        let heard = Arc::new(Mutex::new(Heard::new(listener, session)));
        lock(&self.heard).push(Arc::clone(&heard));
        heard
    }

    /// Notes an answer that nobody should get.
    pub(super) fn surprised(&self, what: String) {
        lock(&self.surprises).push(what);
    }

    /// The sessions in which someone takes part.
    pub(super) fn sessions_of(&self, person: &Person) -> Vec<i64> {
        let is_theirs = |conversation: &&Conversation| {
            [&conversation.customer, &conversation.dentist]
                .iter()
                .any(|side| side.role == person.role && side.id == person.id)
        };
        self.conversations.iter().filter(is_theirs).map(|found| found.session).collect()
    }
}

/// What is noted stays true when someone panicked while noting.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
