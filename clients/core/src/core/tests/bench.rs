//! A core on its store, event by event, and what goes in.

use super::super::*;
use crate::{
    error::ChatError,
    moment::{Millis, Moment},
    store::Store,
    wire::Role,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A core on its store, and what it asked for last.
pub struct Bench {
    pub core: Core,
    pub store: Store,
    pub at: Millis,
    pub seed: u128,
    pub wake_at: Millis,
    pub effects: Vec<Effect>,
}

pub fn token(ask: AskId, subject: &str) -> Event {
    let claims = format!(r#"{{"sub": "{subject}", "iat": 0, "exp": 7200}}"#);
    Event::Token(ask, Some(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))))
}

pub fn answer(status: u16, body: &Value) -> Outcome {
    Outcome::Answer { status, retry_after: None, body: body.to_string().into_bytes() }
}

/// Whether it is a ping that wants a pong.
pub fn is_asked_to_answer(effect: &Effect) -> bool {
    matches!(effect, Effect::Say { text, .. } if !text.contains(r#""pong":false"#))
}

pub fn problem(status: u16, code: &str) -> Outcome {
    answer(status, &json!({ "code": code, "detail": "", "retryable": false }))
}

pub fn session(last_seq: i64) -> Value {
    json!({
        "id": 5, "status": "active", "customer": { "id": 42, "name": null },
        "dentist": { "id": 7, "name": "Dr. Vogt" }, "created_at": "2026-03-12T18:50:00.000000Z",
        "updated_at": "2026-03-12T18:50:00.000000Z", "last_seq": last_seq, "last_message": null,
        "unread_count": last_seq, "customer_read_seq": 0, "dentist_read_seq": 0,
    })
}

pub fn message(seq: i64, sender: &str, client_message_id: &str) -> Value {
    json!({
        "session_id": 5, "seq": seq, "sender_type": sender, "content": "Guten Tag", "images": [],
        "client_message_id": client_message_id, "created_at": "2026-03-12T18:51:00.000000Z",
    })
}

impl Bench {
    pub fn new() -> Self {
        let store = Store::in_memory();
        let core = Core::new(store.load().unwrap());
        Self { core, store, at: 1_000, seed: 0, wake_at: Millis::MAX, effects: vec![] }
    }

    /// Signed in, with a token, an open WebSocket, and a session with two messages held.
    pub fn online() -> Self {
        let mut bench = Self::new();
        bench.take(Event::Wish(1, Wish::SignIn(Role::Customer)));
        bench.take(token(1, "mara"));
        bench.take(Event::Socket(1, SocketEvent::Opened));
        bench.pong();
        let messages = [message(1, "dentist", "a"), message(2, "dentist", "b")];
        let change = json!({ "session": session(2), "messages": messages, "truncated": false });
        let changes = json!({ "changes": [change], "next": "c1", "has_more": false });
        bench.end("/sync", answer(200, &changes));
        // The second run: what was missed while the first was under way.
        let changes = json!({ "changes": [], "next": "c1", "has_more": false });
        bench.end("/sync", answer(200, &changes));
        bench
    }

    pub fn take(&mut self, event: Event) {
        self.seed += 1;
        let now = Moment { at: self.at, seed: self.seed };
        for effect in self.core.handle(now, event) {
            match &effect {
                Effect::Commit(writes) => self.store.commit(writes).unwrap(),
                Effect::WakeAt(at) => self.wake_at = *at,
                _ => {}
            }
            self.effects.push(effect);
        }
    }

    pub fn pong(&mut self) {
        let pong = r#"{"type": "pong", "connection_id": "c"}"#.to_owned();
        let dial = self.core.link.dial();
        self.take(Event::Socket(dial, SocketEvent::Heard(pong)));
    }

    /// Lets time pass, answering pings.
    pub fn pass(&mut self, wait: Millis) {
        let end = self.at + wait;
        while self.wake_at <= end {
            self.at = self.at.max(self.wake_at);
            self.wake_at = Millis::MAX;
            let before = self.effects.len();
            self.take(Event::Tick);
            if self.effects[before..].iter().any(is_asked_to_answer) {
                self.pong();
            }
        }
        self.at = end;
    }

    pub fn send(&mut self, content: &str) -> i64 {
        let wish = Wish::Send { session: 5, content: content.to_owned(), images: vec![] };
        self.take(Event::Wish(7, wish));
        match self.settled() {
            Ok(Reply::Entry(entry)) => entry,
            other => panic!("not queued: {other:?}"),
        }
    }

    /// The last request of that path.
    pub fn asked(&self, path: &str) -> Request {
        let asked = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Ask(request) if request.path.starts_with(path) => Some(request.clone()),
            _ => None,
        });
        asked.unwrap_or_else(|| panic!("{path} was not asked for"))
    }

    pub fn count(&self, is_it: impl Fn(&Effect) -> bool) -> usize {
        self.effects.iter().filter(|effect| is_it(effect)).count()
    }

    pub fn end(&mut self, path: &str, outcome: Outcome) {
        let id = self.asked(path).id;
        self.take(Event::Ended(id, outcome));
    }

    pub fn settled(&self) -> Result<Reply, ChatError> {
        let settled = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Settle(_, result) => Some(result.clone()),
            _ => None,
        });
        settled.unwrap()
    }

    pub fn refusals(&self) -> Vec<Option<String>> {
        let entries = self.store.load().unwrap().entries;
        entries.into_iter().map(|entry| entry.refusal.map(|refusal| refusal.code)).collect()
    }
}
