//! What the service says and is told: the parts of its answers and frames that a phone needs.
//! Members that are not here are ignored, as its contract asks.

#![expect(missing_docs, reason = "what a name says is not said again")]

use serde::{Deserialize, Serialize};

/// One of the two sides of every session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Who seeks advice.
    Customer,
    /// Who gives it.
    Dentist,
}

impl Role {
    /// The role's name on the wire and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Dentist => "dentist",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Customer, Self::Dentist].into_iter().find(|role| role.name() == name)
    }
}

/// Whether a session can be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It can.
    Active,
    /// It can only be read.
    Archived,
}

impl Status {
    /// The status's name on the wire and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Archived].into_iter().find(|status| status.name() == name)
    }
}

/// A participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Numbered separately for customers and dentists.
    pub id: i64,
    /// None while the directory is away.
    pub name: Option<String>,
}

/// A session, as the caller sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    pub id: i64,
    pub status: Status,
    pub customer: Person,
    pub dentist: Person,
    pub created_at: String,
    pub updated_at: String,
    pub last_seq: i64,
    pub last_message: Option<Message>,
    pub unread_count: i64,
    pub customer_read_seq: i64,
    pub dentist_read_seq: i64,
}

/// An image of a message, and where to get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its name for good.
    pub key: String,
    /// Where it can be fetched until `expires_at`.
    pub url: String,
    /// RFC 3339.
    pub expires_at: String,
}

/// A message. Whether it is read is told by the session's marks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    pub session_id: i64,
    pub seq: i64,
    pub sender_type: Role,
    pub content: String,
    pub images: Vec<Image>,
    pub client_message_id: String,
    pub created_at: String,
    #[serde(default)]
    pub corrected_at: Option<String>,
    #[serde(default)]
    pub retracted_at: Option<String>,
}

impl Message {
    /// Sorts the states of one message: of two, the greater is the newer. (The times of corrections
    /// have a fixed number of digits; without the Z, times of any number sort as text.)
    pub(crate) fn version(&self) -> String {
        let corrected = self.corrected_at.as_deref().unwrap_or_default();
        format!("{}{}", u8::from(self.retracted_at.is_some()), sortable(corrected))
    }
}

/// A time without its Z, so that times sort as text whatever their number of digits.
pub(crate) fn sortable(time: &str) -> &str {
    time.strip_suffix('Z').unwrap_or(time)
}

/// A page of messages.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Page {
    pub messages: Vec<Message>,
    pub has_more_before: bool,
    pub last_seq: i64,
    pub customer_read_seq: i64,
    pub dentist_read_seq: i64,
}

/// What `sync` says of one session.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SessionChange {
    pub session: Session,
    pub messages: Vec<Message>,
    pub truncated: bool,
}

/// A page of `sync`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Changes {
    #[serde(rename = "changes")]
    pub sessions: Vec<SessionChange>,
    pub next: String,
    pub has_more: bool,
}

/// The answer of `mark-read`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Marked {
    pub up_to_seq: i64,
    pub unread_count: i64,
}

/// The answer of `create-upload`: a request that may be made of the object store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub key: String,
    pub url: String,
    pub headers: std::collections::BTreeMap<String, String>,
}

/// What the service says over the WebSocket.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
pub(crate) enum Frame {
    #[serde(rename = "message.created", alias = "message.updated")]
    Message { message: Message },
    #[serde(rename = "messages.read")]
    Read { session_id: i64, reader: Role, up_to_seq: i64, unread_count: Option<i64> },
    #[serde(rename = "session.created", alias = "session.updated")]
    Session { session: Session },
    #[serde(rename = "typing")]
    Typing { session_id: i64, sender_type: Role, typing: bool },
    #[serde(rename = "pong")]
    Pong { connection_id: Option<String> },
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_state_of_a_message_sorts_after_an_older_one() {
        let state = |corrected: Option<&str>, retracted: Option<&str>| {
            let message = Message {
                session_id: 1,
                seq: 1,
                sender_type: Role::Customer,
                content: String::new(),
                images: vec![],
                client_message_id: String::new(),
                created_at: String::new(),
                corrected_at: corrected.map(str::to_owned),
                retracted_at: retracted.map(str::to_owned),
            };
            message.version()
        };
        let time = "2026-03-12T18:50:02.110204Z";
        let later = "2026-03-12T18:50:02.110205Z";
        assert!(state(None, None) < state(Some(time), None));
        assert!(state(Some(time), None) < state(Some(later), None));
        assert!(state(Some(later), None) < state(Some(time), Some(later)));
    }

    #[test]
    fn frames_of_tomorrow_are_ignored() {
        let frame: Frame = serde_json::from_str(r#"{"type": "weather", "sun": true}"#).unwrap();
        assert!(matches!(frame, Frame::Unknown));
        let frame: Frame = serde_json::from_str(r#"{"type": "pong", "sun": true}"#).unwrap();
        assert!(matches!(frame, Frame::Pong { connection_id: None }));
    }
}
