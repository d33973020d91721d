//! An hour in which nobody says anything, for the mobile apps' core: it has no clock of its own, so that the hour takes
//! a moment.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat_client::{
    Core, Effect, Event, Millis, Moment, Outcome, Role, SocketEvent, Store, StoreKey, Wish,
};
use serde_json::json;
use std::{collections::VecDeque, path::Path};

const HOUR: Millis = 60 * 60 * 1_000;

/// What the hour consisted of.
#[derive(Debug, Default)]
pub struct IdleHour {
    /// Instants at which the process had to run.
    pub wake_ups: u32,
    /// Requests by HTTP.
    pub requests: u32,
    /// Frames in both directions, each of which is billed.
    pub frames: u32,
    /// Connections that were opened.
    pub connections: u32,
    /// Transactions of the store.
    pub commits: u32,
}

/// A phone that is online with a token of an hour, as Cognito's are.
struct Phone {
    core: Core,
    store: Store,
    at: Millis,
    wake_at: Option<Millis>,
    steps: u128,
    events: VecDeque<Event>,
    hour: IdleHour,
}

impl IdleHour {
    /// Lives through one, in front of the user's eyes; the store is new.
    pub fn of(store: &Path) -> Self {
        let key = StoreKey::new(&[9; 32]).expect("a key");
        let store = Store::open(store, &key).expect("a store");
        let core = Core::new(store.load().expect("an empty store"));
        let mut phone = Phone {
            core,
            store,
            at: 0,
            wake_at: None,
            steps: 0,
            events: VecDeque::from([Event::Wish(1, Wish::SignIn(Role::Customer))]),
            hour: Self::default(),
        };
        phone.settle();
        // What it takes to come online is not the hour's.
        phone.hour = Self::default();
        let end = phone.at + HOUR;
        while let Some(at) = phone.wake_at.take_if(|at| *at <= end) {
            phone.at = phone.at.max(at);
            phone.hour.wake_ups += 1;
            phone.events.push_back(Event::Tick);
            phone.settle();
        }
        phone.hour
    }
}

impl Phone {
    /// Until nothing more follows.
    fn settle(&mut self) {
        while let Some(event) = self.events.pop_front() {
            self.steps += 1;
            let now = Moment { at: self.at, seed: self.steps };
            for effect in self.core.handle(now, event) {
                self.carry_out(effect);
            }
        }
    }

    /// The service is there, and has nothing to tell.
    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Commit(writes) => {
                self.hour.commits += 1;
                self.store.commit(&writes).expect("the store takes it");
            }
            Effect::WakeAt(at) => self.wake_at = Some(at),
            Effect::AskToken { ask, .. } => self.events.push_back(Event::Token(ask, Some(token()))),
            Effect::Dial { dial, .. } => {
                self.hour.connections += 1;
                self.events.push_back(Event::Socket(dial, SocketEvent::Opened));
            }
            Effect::Say { dial, text } => {
                self.hour.frames += 1;
                if !text.contains(r#""pong":false"#) {
                    self.hour.frames += 1;
                    let pong = json!({"type": "pong", "connection_id": "an-id"}).to_string();
                    self.events.push_back(Event::Socket(dial, SocketEvent::Heard(pong)));
                }
            }
            Effect::Ask(request) => {
                assert!(request.path.starts_with("/sync"), "{request:?}");
                self.hour.requests += 1;
                let nothing = json!({"changes": [], "next": "n", "has_more": false});
                let body = nothing.to_string().into_bytes();
                let answer = Outcome::Answer { status: 200, retry_after: None, body };
                self.events.push_back(Event::Ended(request.id, answer));
            }
            _ => {}
        }
    }
}

fn token() -> String {
    let claims = json!({"sub": "mara", "iat": 0, "exp": 3_600}).to_string();
    format!("e30.{}.c2ln", BASE64.encode(claims))
}
