//! What a core changes in its store. One step's writes are one transaction.

use super::snapshot::{Refusal, SessionState};
use crate::wire::{Message, Role};
use std::sync::Arc;

/// An image without its metadata, and its content type.
pub type CleanImage = (&'static str, Arc<[u8]>);

/// One change.
#[derive(Clone, Debug)]
pub enum Write {
    /// The store is this role's from now on.
    Role(Role),
    /// Its tokens are of this subject.
    Subject(String),
    /// What follows in `sync`; `None` begins anew.
    Cursor(Option<String>),
    /// The push subscription that the service shall have.
    PhoneWanted(String),
    /// The one that it has.
    PhoneRegistered(Option<String>),
    /// What is known of a session.
    Session(Box<SessionState>),
    /// A message, unless a newer state of it is held.
    Message(Box<Message>),
    /// Whatever is held of a session before that seq goes.
    ForgetBefore {
        /// The session.
        session: i64,
        /// The first that stays.
        seq: i64,
    },
    /// The user has read up to there, whatever the service knows.
    WantedMark {
        /// The session.
        session: i64,
        /// The message.
        seq: i64,
    },
    /// Everything that the service has ever said goes; what the user has said stays.
    ForgetService,
    /// All of it goes, whoever was signed in and what they have said included.
    Everything,
    /// A message to be sent.
    Entry {
        /// Its number in the queue.
        id: i64,
        /// The session.
        session: i64,
        /// Its id for life.
        client_message_id: String,
        /// Its text.
        content: String,
        /// Its images, with their content types.
        images: Vec<CleanImage>,
    },
    /// From now on, the service may have it.
    EntryTried(i64),
    /// It was refused, or (`None`) is to be tried again.
    EntryRefused(i64, Option<Refusal>),
    /// Its text is another one.
    EntryContent(i64, String),
    /// An image of it is uploaded, or (`None`) must be again.
    EntryImage {
        /// The entry.
        entry: i64,
        /// Which of its images.
        position: usize,
        /// Where the upload is.
        key: Option<String>,
    },
    /// It is stored at the service, or discarded.
    EntryDone(i64),
    /// What the user has begun to write; empty: nothing.
    Draft {
        /// The session.
        session: i64,
        /// The text.
        content: String,
    },
}
