//! What an app sees: the core's records, in types that every language has.

#![allow(missing_docs, reason = "as in the core: what a name says is not said again")]

pub use chat_client::{
    ConversationView as Conversation, EntryView as Entry, Hit, Image, MessageView as Message,
    Refusal, Role, SessionView as Session, Status,
};

/// One of the two sides of every session.
#[uniffi::remote(Enum)]
pub enum Role {
    /// Who seeks advice.
    Customer,
    /// Who gives it.
    Dentist,
}

/// Whether a session can be written to.
#[uniffi::remote(Enum)]
pub enum Status {
    /// It can.
    Active,
    /// It can only be read.
    Archived,
}

/// An image of a message, and where to get it.
#[uniffi::remote(Record)]
pub struct Image {
    /// Its name for good.
    pub key: String,
    /// Where it can be fetched until `expires_at`.
    pub url: String,
    /// RFC 3339.
    pub expires_at: String,
}

/// Why a message was not taken.
#[uniffi::remote(Record)]
pub struct Refusal {
    /// The service's code.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// A message that was found.
#[uniffi::remote(Record)]
pub struct Hit {
    pub session_id: i64,
    pub seq: i64,
    pub content: String,
    pub created_at: String,
}

/// A message that the service has.
#[uniffi::remote(Record)]
pub struct Message {
    pub session_id: i64,
    pub seq: i64,
    pub sender: Role,
    pub is_mine: bool,
    /// Empty when it was retracted.
    pub content: String,
    pub images: Vec<Image>,
    pub client_message_id: String,
    pub created_at: String,
    pub corrected_at: Option<String>,
    pub retracted_at: Option<String>,
    /// Whether the side that did not write it has read it.
    pub is_read: bool,
    /// Whether messages before it are still to be fetched.
    pub has_gap_before: bool,
}

/// A session in the list of sessions.
#[uniffi::remote(Record)]
pub struct Session {
    pub id: i64,
    pub status: Status,
    /// The other side's name; none while the service does not know it.
    pub other_name: Option<String>,
    /// The other side's id, in its own numbering.
    pub other_id: i64,
    /// The newest message that is held.
    pub last_message: Option<Message>,
    /// How many messages of the other side the user has not read.
    pub unread_count: i64,
    /// RFC 3339, of the latest activity.
    pub active_at: String,
    /// What the user has begun to write.
    pub draft: Option<String>,
    /// How many messages wait to be sent.
    pub queued: i64,
    /// Whether one of them was refused, and holds up the others.
    pub is_stuck: bool,
}

/// A message that waits to be sent.
#[uniffi::remote(Record)]
pub struct Entry {
    /// What retrying, editing and discarding take.
    pub id: i64,
    pub session_id: i64,
    pub client_message_id: String,
    pub content: String,
    /// How many images it has.
    pub images: u32,
    /// How many of them are uploaded.
    pub uploaded: u32,
    /// Why it was refused; it waits to be retried, edited or discarded then.
    pub refusal: Option<Refusal>,
}

/// A session with its messages.
#[uniffi::remote(Record)]
pub struct Conversation {
    pub session: Session,
    /// Ascending; the newest ones that were asked for.
    pub messages: Vec<Message>,
    /// What is to follow them, in order.
    pub queue: Vec<Entry>,
    /// Whether there are older messages, held or not.
    pub has_older: bool,
    /// Whether newer messages are known of that are not held yet.
    pub is_behind: bool,
}
