//! The world: what happens, and when.

use super::{
    mood::Mood,
    phone::Phone,
    service::{Caller, ConnectionId, Service},
};
use crate::{
    core::{DialId, Event, Put, Request, SocketEvent, Wish},
    moment::{Chance, MINUTE, Millis, SECOND},
    wire::Role,
};
use std::{
    collections::BTreeMap,
    env,
    fmt::Debug,
    hash::{DefaultHasher, Hash, Hasher},
};

const TROUBLE: Millis = 5 * MINUTE;
/// Longer than any wait, and than any token.
const CALM: Millis = 40 * MINUTE;

/// The one dentist.
pub(super) const DENTIST: Caller = Caller { role: Role::Dentist, id: 7 };
/// More happens only where something goes round in circles.
const RESTLESS: u64 = 100_000;

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Happening {
    ToCore { phone: usize, life: u64, event: Event },
    Wake { phone: usize, life: u64, at: Millis },
    Serve { phone: usize, life: u64, request: Request },
    PutImage { phone: usize, life: u64, put: Put },
    Accept { phone: usize, life: u64, dial: DialId, token: String },
    Hear { connection: ConnectionId, text: String },
    Noticed { phone: usize, life: u64, dial: DialId, since: Millis },
    Start { phone: usize },
    SignIn { phone: usize, life: u64 },
    Act { phone: usize },
    Elsewhere,
    Trouble,
    Resolve,
}

#[derive(Debug)]
pub(super) struct World {
    pub at: Millis,
    chance: Chance,
    agenda: BTreeMap<(Millis, u64), Happening>,
    order: u64,
    /// None where nobody compares.
    trace: Option<DefaultHasher>,
    is_told: bool,
    pub is_calm: bool,
    pub mood: Mood,
    pub are_sockets_away: bool,
    pub service: Service,
    pub phones: Vec<Phone>,
    pub texts: u64,
    pub next_connection: ConnectionId,
    pub tokens: BTreeMap<String, (Caller, Millis)>,
    pub broken: Option<String>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let customer = |id| Phone::new(Caller { role: Role::Customer, id });
        let dentist = Phone::new(DENTIST);
        Self {
            at: 1_000,
            chance: Chance::new(u128::from(seed)),
            agenda: BTreeMap::new(),
            order: 0,
            trace: None,
            is_told: env::var("SEED").is_ok(),
            is_calm: false,
            mood: Mood::Fine,
            are_sockets_away: false,
            service: Service::new(),
            // Two of one customer, one of another, one of their dentist.
            phones: vec![customer(1), customer(1), customer(2), dentist],
            texts: 0,
            next_connection: 0,
            tokens: BTreeMap::new(),
            broken: None,
        }
    }

    /// Runs to the end, and tells by a number what happened on the way.
    pub fn trace(mut self) -> Result<u64, String> {
        self.trace = Some(DefaultHasher::new());
        let trace = self.run()?;
        Ok(trace.map_or(0, |trace| trace.finish()))
    }

    /// Runs to the end.
    pub fn run(mut self) -> Result<Option<DefaultHasher>, String> {
        for phone in 0..self.phones.len() {
            self.later(0, Happening::Start { phone });
            self.later(0, Happening::Act { phone });
        }
        self.later(0, Happening::Elsewhere);
        self.later(0, Happening::Trouble);
        self.run_until(TROUBLE);
        self.calm_down();
        self.run_until(TROUBLE + CALM);
        self.look_at_the_end();
        match self.broken {
            Some(promise) => Err(promise),
            None => Ok(self.trace),
        }
    }

    fn run_until(&mut self, end: Millis) {
        while let Some(entry) = self.agenda.first_entry()
            && entry.key().0 <= end
            && self.broken.is_none()
        {
            let ((at, _), happening) = entry.remove_entry();
            self.at = at;
            self.happen(happening);
            if self.order > RESTLESS {
                self.broken = Some(format!("at {at}: there is no rest"));
            }
        }
        self.at = end;
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::ToCore { phone, life, event } if self.phones[phone].life == life => {
                if matches!(event, Event::Socket(_, SocketEvent::Closed)) {
                    self.phones[phone].socket = None;
                }
                self.step(phone, event);
            }
            Happening::Wake { phone, life, at } => {
                if self.phones[phone].life == life && self.phones[phone].wake_at == Some(at) {
                    self.step(phone, Event::Tick);
                }
            }
            Happening::Serve { phone, life, request } => self.serve(phone, life, &request),
            Happening::PutImage { phone, life, put } => self.put_image(phone, life, &put),
            Happening::Accept { phone, life, dial, token } => {
                self.accept(phone, life, dial, &token);
            }
            Happening::Hear { connection, text } => self.hear(connection, text),
            Happening::Noticed { phone, life, dial, since } => {
                self.look_at_socket(phone, life, dial, since);
            }
            Happening::Start { phone } => self.start(phone),
            Happening::SignIn { phone, life } => {
                if self.phones[phone].life == life {
                    let role = self.phones[phone].caller.role;
                    self.wish(phone, Wish::SignIn(role));
                }
            }
            Happening::Act { phone } => self.act(phone),
            Happening::Elsewhere => self.elsewhere(),
            Happening::Trouble => self.trouble(),
            Happening::Resolve => self.resolve(),
            Happening::ToCore { .. } => {}
        }
    }

    /// Something goes wrong, or well again.
    fn trouble(&mut self) {
        if self.is_calm {
            return;
        }
        let wait = SECOND + self.roll(12 * SECOND);
        self.later(wait, Happening::Trouble);
        let phone = self.pick(self.phones.len());
        match self.roll(16) {
            0 => self.mood = Mood::Away,
            1 => self.mood = Mood::Forgetful,
            2 => self.mood = Mood::Portal,
            3..7 => {
                self.mood = Mood::Fine;
                self.are_sockets_away = false;
            }
            7 => self.are_sockets_away = true,
            8 | 12 if self.phones[phone].core.is_some() => self.kill(phone),
            9 => self.silence(phone, 2),
            10 => self.silence(phone, 1),
            11 => self.service.database += 1,
            _ => self.switch_network(phone),
        }
    }

    fn switch_network(&mut self, phone: usize) {
        let has_network = !self.phones[phone].has_network;
        self.phones[phone].has_network = has_network;
        // No connection outlives its network.
        self.silence(phone, 3);
        self.watch_socket(phone, 5_100);
        self.step(phone, Event::Network(has_network));
    }

    /// A WebSocket ends; one time in `often`, the phone is told.
    fn silence(&mut self, phone: usize, often: u64) {
        let is_told = self.roll(often) == 0;
        let Some(socket) = &mut self.phones[phone].socket else { return };
        socket.is_dead = true;
        let dial = socket.dial;
        if is_told {
            self.inform(phone, 0, Event::Socket(dial, SocketEvent::Closed));
        }
    }

    fn calm_down(&mut self) {
        self.is_calm = true;
        self.mood = Mood::Fine;
        self.are_sockets_away = false;
        for phone in 0..self.phones.len() {
            self.start(phone);
            self.phones[phone].is_front = true;
            self.step(phone, Event::Front(true));
            if !self.phones[phone].has_network {
                self.phones[phone].has_network = true;
                self.step(phone, Event::Network(true));
            }
        }
        for room in 1..=4 {
            self.service.say_last(self.at, DENTIST, room);
        }
        self.send_frames();
        self.later(0, Happening::Resolve);
    }

    pub(super) fn later(&mut self, wait: Millis, happening: Happening) {
        self.order += 1;
        self.agenda.insert((self.at.saturating_add(wait), self.order), happening);
    }

    pub(super) fn inform(&mut self, phone: usize, wait: Millis, event: Event) {
        let life = self.phones[phone].life;
        self.later(wait, Happening::ToCore { phone, life, event });
    }

    /// A number from 0, less than `sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.chance.up_to(sides.max(1) - 1)
    }

    pub(super) fn pick(&mut self, count: usize) -> usize {
        usize::try_from(self.roll(count.try_into().unwrap())).unwrap()
    }

    pub(super) fn note(&mut self, phone: usize, what: &impl Debug) {
        if let Some(trace) = &mut self.trace {
            (self.at, phone, format!("{what:?}")).hash(trace);
        }
        if self.is_told {
            println!("{:>9} {phone} {what:?}", self.at);
        }
    }
}
