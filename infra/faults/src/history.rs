//! What happened, as the clients saw it: the checker's input.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// A message as someone sent it or saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the session.
    pub seq: i64,
    /// Whose it is, as in `dentist 7`.
    pub sender: String,
    /// The sender's own name for it.
    pub client_message_id: String,
    /// Its text.
    pub content: String,
    /// Whether the other side has read it.
    pub is_read: bool,
    /// When it was corrected or retracted last, as the service writes it; empty if never.
    pub changed_at: String,
    /// Whether it was retracted.
    pub is_retracted: bool,
}

impl Message {
    /// The message in an answer, a page or a frame.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Self {
            seq: value["seq"].as_i64().unwrap_or_default(),
            sender: format!("{} {}", text("sender_type"), value["sender_id"]),
            client_message_id: text("client_message_id"),
            content: text("content"),
            is_read: value["is_read"] == true,
            changed_at: text("corrected_at").max(text("retracted_at")),
            is_retracted: value["retracted_at"].is_string(),
        }
    }

    /// Whether it is the same message; whether it was read changes with time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Self { is_read: other.is_read, ..self.clone() } == *other
    }
}

/// One message that someone tried to send, with all its tries.
#[derive(Clone, Debug)]
pub struct Sent {
    /// In which session.
    pub session: i64,
    /// By whom.
    pub sender: String,
    /// Under which id.
    pub client_message_id: String,
    /// With which text.
    pub content: String,
    /// When the first try began, since the beginning of the run.
    pub began: Duration,
    /// How it ended for the sender.
    pub outcome: Outcome,
}

/// How a send ended for its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 201 or 200, with this place in the session.
    Acknowledged {
        /// The message's `seq`.
        seq: i64,
        /// When the answer came.
        at: Duration,
    },
    /// No answer, or one that leaves it open: it may be stored or not.
    Unknown,
    /// An answer that says that it is not stored.
    Refused,
}

/// What became of a message that its author changed.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// What it is to say now.
    pub content: String,
    /// Whether it was retracted.
    pub is_retracted: bool,
    /// Whether an answer said that there is no such message, or that it is too old.
    pub is_gone: bool,
    /// Whether the last change got no answer.
    pub is_open: bool,
}

/// What one client saw of one session, by frames and by pages.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Who and with which device.
    pub listener: String,
    /// Which session.
    pub session: i64,
    /// Where the session began when it was looked at last: what is before it is not kept.
    pub first_seq: i64,
    /// By `seq`.
    pub messages: BTreeMap<i64, Message>,
    /// Pages by `after=` that did not go on where the one before them ended.
    pub skips: Vec<String>,
    /// Messages that were not the same when seen again.
    pub changes: Vec<String>,
    /// Frames that brought something new.
    pub by_frame: u64,
    /// Messages that a page brought first.
    pub by_page: u64,
    /// Frames for messages that were there already.
    pub repeated: u64,
    /// For a listener whose connection is open at the end: where its frames begin …
    pub frames_after: Option<i64>,
    /// … and the frames that came over it.
    pub frames: BTreeSet<i64>,
    complete_to: i64,
}

impl Heard {
    /// Nothing yet.
    #[must_use]
    pub fn new(listener: &str, session: i64) -> Self {
        Self { listener: listener.to_owned(), session, ..Self::default() }
    }

    /// The highest `seq` up to which nothing is missing.
    #[must_use]
    pub fn complete_to(&self) -> i64 {
        self.complete_to
    }

    /// Notes a message; true when it is new.
    pub fn note(&mut self, message: Message) -> bool {
        match self.messages.get(&message.seq) {
            None => {
                self.messages.insert(message.seq, message);
                self.complete();
                true
            }
            Some(known) if known.is(&message) => false,
            // As it was before: it was on its way when the newer one came.
            Some(known) if message.changed_at < known.changed_at => false,
            Some(known) if message.changed_at > known.changed_at => {
                self.messages.insert(message.seq, message);
                false
            }
            Some(known) => {
                self.changes.push(format!("{known:?} became {message:?}"));
                false
            }
        }
    }

    /// The session begins here: nothing before it is missing any more.
    fn begin(&mut self, first_seq: i64) {
        self.first_seq = self.first_seq.max(first_seq);
        self.complete_to = self.complete_to.max(first_seq - 1);
        self.complete();
    }

    fn complete(&mut self) {
        while self.messages.contains_key(&(self.complete_to + 1)) {
            self.complete_to += 1;
        }
    }

    /// Notes a frame.
    pub fn frame(&mut self, message: Message) {
        self.frames.insert(message.seq);
        if self.note(message) { self.by_frame += 1 } else { self.repeated += 1 }
    }

    /// Notes the page that was asked for by `after=`, and whether it says that nothing is before it; tells
    /// where it ends.
    pub fn page(
        &mut self,
        after: i64,
        is_beginning: bool,
        messages: impl IntoIterator<Item = Message>,
    ) -> i64 {
        let mut end = after;
        for (place, message) in messages.into_iter().enumerate() {
            if place == 0 && is_beginning {
                self.begin(message.seq);
                end = end.max(message.seq - 1);
            }
            if message.seq != end + 1 {
                self.skips.push(format!("after={after}: {} follows {end}", message.seq));
            }
            end = message.seq;
            self.by_page += u64::from(self.note(message));
        }
        end
    }
}

/// One side of a session, at the end.
#[derive(Clone, Debug)]
pub struct Side {
    /// `customer` or `dentist`.
    pub role: &'static str,
    /// As the service counts.
    pub unread_count: i64,
    /// The read mark.
    pub read_seq: i64,
    /// The highest read mark that was acknowledged.
    pub marked: i64,
}

/// A session when everything is over.
#[derive(Clone, Debug)]
pub struct FreshRead {
    /// Which session.
    pub session: i64,
    /// Where it begins.
    pub first_seq: i64,
    /// Up to where its messages are older than the retention period.
    pub aged: i64,
    /// All its messages in the order of the pages.
    pub messages: Vec<Message>,
    /// Both sides.
    pub sides: Vec<Side>,
    /// Whether the customer has a phone and was never online: each message of the dentist must ring.
    pub rings: bool,
}

/// One request that the provider received.
#[derive(Clone, Debug)]
pub struct Push {
    /// From its data.
    pub session: i64,
    /// From its data.
    pub seq: i64,
    /// Its idempotency key.
    pub key: String,
    /// Whether the provider took it.
    pub is_accepted: bool,
}

/// Everything that the checker looks at.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// All sends.
    pub sent: Vec<Sent>,
    /// What became of messages that their authors changed, by session and `seq`.
    pub changed: BTreeMap<(i64, i64), Changed>,
    /// Where something was found that nobody should see any more, or that was never to be there.
    pub leaks: Vec<String>,
    /// What each client saw.
    pub heard: Vec<Heard>,
    /// How the sessions are at the end.
    pub sessions: Vec<FreshRead>,
    /// What the provider received.
    pub pushes: Vec<Push>,
    /// Rows in the outbox at the end.
    pub owed: i64,
    /// Times that the gateway did not take a frame.
    pub frames_refused: u64,
    /// Answers that nobody should get.
    pub surprises: Vec<String>,
}
