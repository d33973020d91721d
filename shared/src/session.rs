//! Sessions: a conversation of one customer with one dentist.

use crate::{
    id::{CustomerId, DentistId, SessionId},
    identity::Role,
    message::{Message, MessageView},
    timestamp,
};
use serde::Serialize;
use std::collections::HashMap;
use time::OffsetDateTime;

/// Whether a session takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It does.
    Active,
    /// It can only be read.
    Archived,
}

impl Status {
    /// As in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "active" => Some(Self::Active),
            "archived" => Some(Self::Archived),
            _ => None,
        }
    }
}

/// Names of participants, as far as Jarvis told them.
#[derive(Debug, Default)]
pub struct Names(HashMap<(Role, i64), String>);

impl Names {
    /// The customer's name, if known.
    #[must_use]
    pub fn customer(&self, id: CustomerId) -> Option<String> {
        self.0.get(&(Role::Customer, id.get())).cloned()
    }

    /// The dentist's name, if known.
    #[must_use]
    pub fn dentist(&self, id: DentistId) -> Option<String> {
        self.0.get(&(Role::Dentist, id.get())).cloned()
    }
}

impl FromIterator<((Role, i64), String)> for Names {
    fn from_iter<I: IntoIterator<Item = ((Role, i64), String)>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}

/// A session as it is stored: what both sides' views are made from. With its last message as it is
/// stored too, or as it is shown.
#[derive(Clone, Debug)]
pub struct Session<M = Message> {
    /// Unique among all sessions.
    pub id: SessionId,
    /// Whether it takes messages.
    pub status: Status,
    /// One side.
    pub customer_id: CustomerId,
    /// The other.
    pub dentist_id: DentistId,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When something last happened in it; reading is nothing.
    pub updated_at: OffsetDateTime,
    /// The newest message's number; 0 before the first.
    pub last_seq: i64,
    /// How far the customer has read.
    pub customer_read_seq: i64,
    /// How far the dentist has read.
    pub dentist_read_seq: i64,
    /// The dentist's messages that the customer has not read.
    pub customer_unread_count: i64,
    /// The customer's messages that the dentist has not read.
    pub dentist_unread_count: i64,
    /// The newest message.
    pub last_message: Option<M>,
}

impl Session {
    /// The same session with its last message as it is shown.
    #[must_use]
    pub fn with_last_message(self, last_message: Option<MessageView>) -> Session<MessageView> {
        Session {
            id: self.id,
            status: self.status,
            customer_id: self.customer_id,
            dentist_id: self.dentist_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_seq: self.last_seq,
            customer_read_seq: self.customer_read_seq,
            dentist_read_seq: self.dentist_read_seq,
            customer_unread_count: self.customer_unread_count,
            dentist_unread_count: self.dentist_unread_count,
            last_message,
        }
    }
}

impl Session<MessageView> {
    /// The session as one side sees it.
    #[must_use]
    pub fn view(&self, role: Role, names: &Names) -> SessionView {
        SessionView {
            id: self.id,
            status: self.status,
            customer: Participant {
                id: self.customer_id.get(),
                name: names.customer(self.customer_id),
            },
            dentist: Participant {
                id: self.dentist_id.get(),
                name: names.dentist(self.dentist_id),
            },
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_seq: self.last_seq,
            last_message: self.last_message.clone(),
            unread_count: self.unread_count(role),
            customer_read_seq: self.customer_read_seq,
            dentist_read_seq: self.dentist_read_seq,
        }
    }
}

impl<M> Session<M> {
    /// The other side's messages that this one has not read.
    #[must_use]
    pub const fn unread_count(&self, role: Role) -> i64 {
        match role {
            Role::Customer => self.customer_unread_count,
            Role::Dentist => self.dentist_unread_count,
        }
    }

    /// How far this side has read.
    #[must_use]
    pub const fn read_seq(&self, role: Role) -> i64 {
        match role {
            Role::Customer => self.customer_read_seq,
            Role::Dentist => self.dentist_read_seq,
        }
    }
}

/// A session in an answer or a frame.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    id: SessionId,
    status: Status,
    customer: Participant,
    dentist: Participant,
    #[serde(serialize_with = "timestamp::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "timestamp::serialize")]
    updated_at: OffsetDateTime,
    last_seq: i64,
    last_message: Option<MessageView>,
    unread_count: i64,
    customer_read_seq: i64,
    dentist_read_seq: i64,
}

#[derive(Clone, Debug, Serialize)]
struct Participant {
    id: i64,
    /// Null when Jarvis does not answer.
    name: Option<String>,
}
