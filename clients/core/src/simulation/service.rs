//! A model of the service: the contract, with nothing of how it is done.

mod answer;
mod changes;
mod operations;
mod uploads;

pub(crate) use answer::Answer;

use crate::wire::{Frame, Image, Message, Person, Role, Session, Status};
use std::collections::BTreeMap;

pub(crate) type ConnectionId = u64;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Caller {
    pub role: Role,
    pub id: i64,
}

/// A stored message.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub seq: i64,
    pub sender: Role,
    pub content: String,
    pub images: Vec<String>,
    pub client_message_id: String,
    /// What was first sent, which retries are compared with.
    original: (String, Vec<String>),
    created_at: u64,
    pub corrected_at: Option<u64>,
    pub retracted_at: Option<u64>,
    changed: u64,
}

impl Stored {
    /// Whether this is how it was first sent.
    pub fn was_sent_as(&self, text: &str) -> bool {
        self.original.0 == text
    }
}

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    pub id: i64,
    customer: i64,
    dentist: i64,
    pub status: Status,
    updated_at: u64,
    pub messages: Vec<Stored>,
    pub customer_read_seq: i64,
    pub dentist_read_seq: i64,
    changed: u64,
}

impl Room {
    pub fn last_seq(&self) -> i64 {
        self.messages.last().map_or(0, |message| message.seq)
    }

    pub const fn mark(&self, role: Role) -> i64 {
        match role {
            Role::Customer => self.customer_read_seq,
            Role::Dentist => self.dentist_read_seq,
        }
    }

    pub fn unread(&self, role: Role) -> i64 {
        let mark = self.mark(role);
        let unread = self.messages.iter().filter(|m| m.seq > mark && m.sender != role);
        unread.count().try_into().unwrap()
    }

    pub const fn has(&self, caller: Caller) -> bool {
        match caller.role {
            Role::Customer => self.customer == caller.id,
            Role::Dentist => self.dentist == caller.id,
        }
    }
}

/// A frame.
#[derive(Debug)]
pub(crate) struct Told {
    pub connection: ConnectionId,
    pub text: String,
    /// Whether a later one would show that it is missing.
    pub tells_of_new: bool,
}

/// The service, and what it has to say.
#[derive(Debug)]
pub(crate) struct Service {
    pub rooms: BTreeMap<i64, Room>,
    /// Uploads by key, and whether they are done.
    uploads: BTreeMap<String, bool>,
    /// Open connections as the service sees them.
    pub connections: BTreeMap<ConnectionId, Caller>,
    pub frames: Vec<Told>,
    clock: u64,
    change: u64,
    /// Which database it is.
    pub database: u64,
}

fn time(micros: u64) -> String {
    format!("{micros:018}Z")
}

impl Service {
    pub fn new() -> Self {
        let room = |id, customer, status| Room {
            id,
            customer,
            dentist: 7,
            status,
            updated_at: 0,
            messages: vec![],
            customer_read_seq: 0,
            dentist_read_seq: 0,
            changed: id.unsigned_abs(),
        };
        let rooms = [
            room(1, 1, Status::Active),
            room(2, 2, Status::Active),
            room(3, 1, Status::Archived),
            room(4, 2, Status::Archived),
        ];
        Self {
            rooms: rooms.into_iter().map(|room| (room.id, room)).collect(),
            uploads: BTreeMap::new(),
            connections: BTreeMap::new(),
            frames: vec![],
            clock: 0,
            change: 10,
            database: 1,
        }
    }

    /// An instant of its own for everything.
    fn now(&mut self, at: u64) -> u64 {
        self.clock = (self.clock + 1).max(at * 1_000);
        self.clock
    }

    fn changed(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    /// Tells both sides, but for the connection that the request named.
    fn tell(&mut self, room: i64, except: Option<ConnectionId>, frame: impl Fn(Caller) -> Frame) {
        let room = &self.rooms[&room];
        for (connection, caller) in &self.connections {
            if room.has(*caller) && Some(*connection) != except {
                let text = serde_json::to_string(&frame(*caller)).unwrap();
                self.frames.push(Told { connection: *connection, text, tells_of_new: false });
            }
        }
    }

    fn tell_message(&mut self, room: i64, seq: i64, except: Option<ConnectionId>) {
        let message = message(&self.rooms[&room], seq);
        self.tell(room, except, |_| Frame::Message { message: message.clone() });
    }

    fn tell_new(&mut self, room: i64, seq: i64, except: Option<ConnectionId>) {
        let before = self.frames.len();
        self.tell_message(room, seq, except);
        self.frames[before..].iter_mut().for_each(|told| told.tells_of_new = true);
    }

    fn tell_session(&mut self, room: i64, except: Option<ConnectionId>) {
        let known = self.rooms[&room].clone();
        self.tell(room, except, |caller| Frame::Session { session: session(&known, caller.role) });
    }

    fn tell_mark(&mut self, room: i64, reader: Role, except: Option<ConnectionId>) {
        let known = &self.rooms[&room];
        let (up_to_seq, unread) = (known.mark(reader), known.unread(reader));
        self.tell(room, except, |caller| Frame::Read {
            session_id: room,
            reader,
            up_to_seq,
            unread_count: (caller.role == reader).then_some(unread),
        });
    }

    /// The age of a session archives it, which lifts it nowhere.
    pub fn archive_by_age(&mut self, room: i64) {
        let changed = self.changed();
        let known = self.rooms.get_mut(&room).unwrap();
        if known.status == Status::Active {
            known.status = Status::Archived;
            known.changed = changed;
            self.tell_session(room, None);
        }
    }
}

pub(crate) fn message(room: &Room, seq: i64) -> Message {
    let stored = room.messages.iter().find(|message| message.seq == seq).unwrap();
    let images = stored.images.iter().map(|key| Image {
        key: key.clone(),
        url: format!("https://images/{key}"),
        expires_at: time(0),
    });
    Message {
        session_id: room.id,
        seq,
        sender_type: stored.sender,
        content: stored.content.clone(),
        images: images.collect(),
        client_message_id: stored.client_message_id.clone(),
        created_at: time(stored.created_at),
        corrected_at: stored.corrected_at.map(time),
        retracted_at: stored.retracted_at.map(time),
    }
}

pub(crate) fn session(room: &Room, role: Role) -> Session {
    Session {
        id: room.id,
        status: room.status,
        customer: Person { id: room.customer, name: Some("Mara".to_owned()) },
        dentist: Person { id: room.dentist, name: Some("Dr. Vogt".to_owned()) },
        created_at: time(0),
        updated_at: time(room.updated_at),
        last_seq: room.last_seq(),
        last_message: room.messages.last().map(|last| message(room, last.seq)),
        unread_count: room.unread(role),
        customer_read_seq: room.customer_read_seq,
        dentist_read_seq: room.dentist_read_seq,
    }
}
