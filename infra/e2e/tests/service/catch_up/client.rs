//! What a client remembers of one session, and how frames and fetches change it.

use chat_e2e::{Person, Role};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const SIDES: [(&str, &str); 2] =
    [("customer", "customer_read_seq"), ("dentist", "dentist_read_seq")];

/// One session, as its client knows it.
pub struct Client {
    role: Role,
    session: Value,
    /// When the session was as its `status` says; messages may have moved `updated_at` on since.
    status_as_of: OffsetDateTime,
    messages: BTreeMap<i64, Value>,
    /// For each side, when it read: by the mark that was moved.
    reads: [BTreeMap<i64, Value>; 2],
    /// The marks when everything before them was last fetched.
    fetched_marks: [i64; 2],
    /// Whether something may be missing that no later frame tells.
    pub has_gaps: bool,
}

impl Client {
    pub async fn start(person: &Person, session: i64) -> Self {
        let session = person.get_session(session).await.expect(200).clone();
        let mut client = Self {
            role: person.role,
            status_as_of: time(&session["updated_at"]),
            session,
            messages: BTreeMap::new(),
            reads: [BTreeMap::new(), BTreeMap::new()],
            fetched_marks: [0, 0],
            has_gaps: false,
        };
        client.catch_up(person).await;
        client
    }

    /// A frame arrives: for the first time, again, or late.
    pub fn hear(&mut self, frame: &Value) {
        match frame["type"].as_str() {
            Some("message.created") => self.hear_message(&frame["message"]),
            Some("messages.read") => {
                let side = usize::from(frame["reader"] == "dentist");
                let up_to = frame["up_to_seq"].as_i64().unwrap();
                self.reads[side].insert(up_to, frame["read_at"].clone());
                self.move_mark(side, up_to);
            }
            Some("session.updated") => {
                let session = &frame["session"];
                if time(&session["updated_at"]) >= self.status_as_of {
                    self.session["status"] = session["status"].clone();
                    self.status_as_of = time(&session["updated_at"]);
                }
                self.was_active(&session["updated_at"]);
            }
            other => panic!("a frame of type {other:?}"),
        }
    }

    fn hear_message(&mut self, message: &Value) {
        let seq = message["seq"].as_i64().unwrap();
        self.messages.entry(seq).or_insert_with(|| message.clone());
        self.was_active(&message["created_at"]);
    }

    fn was_active(&mut self, at: &Value) {
        if time(at) > time(&self.session["updated_at"]) {
            self.session["updated_at"] = at.clone();
        }
    }

    /// Fetches what may have been missed: messages that are new, and those that may have been read
    /// since everything was last fetched.
    pub async fn catch_up(&mut self, person: &Person) {
        self.session =
            person.get_session(self.session["id"].as_i64().unwrap()).await.expect(200).clone();
        self.status_as_of = time(&self.session["updated_at"]);
        let marks = SIDES.map(|(_, field)| self.session[field].as_i64().unwrap());
        let [customer, dentist] = self.fetched_marks;
        let mut after = customer.min(dentist).min(self.without_gap());
        loop {
            let id = &self.session["id"];
            let page =
                person.list_messages(id.as_i64().unwrap(), &format!("after={after}&limit=3")).await;
            for message in page.expect(200)["messages"].as_array().unwrap() {
                after = message["seq"].as_i64().unwrap();
                self.messages.insert(after, message.clone());
            }
            if page.body["has_more_after"] == false {
                break;
            }
        }
        self.fetched_marks = marks;
        self.has_gaps = false;
    }

    fn without_gap(&self) -> i64 {
        let in_order = self.messages.keys().zip(1..).take_while(|(seq, n)| *seq == n);
        in_order.last().map_or(0, |(seq, _)| *seq)
    }

    fn move_mark(&mut self, side: usize, up_to: i64) {
        let field = SIDES[side].1;
        if up_to > self.session[field].as_i64().unwrap() {
            self.session[field] = json!(up_to);
        }
    }

    /// The messages, with what the read marks say of them.
    pub fn messages(&self) -> Vec<Value> {
        self.messages.values().cloned().map(|message| self.with_reading(message)).collect()
    }

    fn with_reading(&self, mut message: Value) -> Value {
        let seq = message["seq"].as_i64().unwrap();
        let reader = usize::from(message["sender_type"] == "customer");
        let read = self.reads[reader].range(seq..).next();
        if let (false, Some((_, read_at))) = (message["is_read"] == true, read) {
            message["is_read"] = json!(true);
            message["read_at"] = read_at.clone();
        }
        message
    }

    /// The session, as far as it follows from the messages and marks.
    pub fn session(&self) -> Value {
        let mut session = self.session.clone();
        let messages = self.messages();
        let (_, own_mark) = SIDES[usize::from(self.role == Role::Dentist)];
        let mark = self.session[own_mark].as_i64().unwrap();
        let is_unread = |message: &&Value| {
            message["sender_type"] != self.role.as_str() && message["seq"].as_i64().unwrap() > mark
        };
        session["unread_count"] = json!(messages.iter().filter(is_unread).count());
        session["last_seq"] = json!(messages.len());
        session["last_message"] = messages.last().cloned().unwrap_or_default();
        session
    }
}

fn time(value: &Value) -> OffsetDateTime {
    OffsetDateTime::parse(value.as_str().unwrap(), &Rfc3339).unwrap()
}
