//! What an app sees: plain records, made anew with each query.

#![expect(missing_docs, reason = "what a name says is not said again")]

use crate::store::Refusal;
pub use crate::wire::{Image, Role, Status};

/// A session in the list of sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    pub id: i64,
    pub status: Status,
    /// The other side's name; none while the service does not know it.
    pub other_name: Option<String>,
    /// The other side's id, in its own numbering.
    pub other_id: i64,
    /// The newest message that is held.
    pub last_message: Option<MessageView>,
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

/// A message that the service has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
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

/// A message that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryView {
    /// What `retry`, `edit` and `discard` take.
    pub id: i64,
    pub session_id: i64,
    pub client_message_id: String,
    pub content: String,
    /// How many images it has.
    pub images: u32,
    /// How many of them are uploaded.
    pub uploaded: u32,
    /// Why it was refused; it waits for `retry`, `edit` or `discard` then.
    pub refusal: Option<Refusal>,
}

/// A session with its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationView {
    pub session: SessionView,
    /// Ascending; the newest ones that were asked for.
    pub messages: Vec<MessageView>,
    /// What is to follow them, in order.
    pub queue: Vec<EntryView>,
    /// Whether there are older messages, held or not.
    pub has_older: bool,
    /// Whether newer messages are known of that are not held yet.
    pub is_behind: bool,
}
