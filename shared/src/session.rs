//! Sessions: a conversation of one customer with one dentist.

use crate::{
    caller::Role,
    directory::Names,
    id::{CustomerId, DentistId, SessionId},
    message::Message,
};
use serde::Serialize;
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

/// A session as it is stored: what both sides' views are made from.
#[derive(Clone, Debug)]
pub struct Session {
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
    pub last_message: Option<Message>,
}

impl Session {
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
            unread_count: match role {
                Role::Customer => self.customer_unread_count,
                Role::Dentist => self.dentist_unread_count,
            },
            customer_read_seq: self.customer_read_seq,
            dentist_read_seq: self.dentist_read_seq,
        }
    }

    /// How far this side has read.
    #[must_use]
    pub fn read_seq(&self, role: Role) -> i64 {
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
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    last_seq: i64,
    last_message: Option<Message>,
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
