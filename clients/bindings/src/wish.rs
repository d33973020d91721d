//! What a user can want, as one value: one record goes in whatever is wanted, so that a language needs one
//! function of the library for all of it.

#![allow(missing_docs, reason = "as in the core: what a name says is not said again")]

use crate::{ChatError, Status};
use std::sync::Arc;

/// What a user can want. Queued, and done for good when the call returns: `Send`, `ReadUpTo`, `Draft`,
/// `RegisterPhone`. Tried for 20 seconds: `CreateSession`, `SetStatus`, `Correct`, `Retract`, `LoadOlder`,
/// `RefreshImages`.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Wish {
    /// To leave nothing behind.
    SignOut,
    /// To say something; the images are files' bytes.
    Send { session: i64, content: String, images: Vec<Vec<u8>> },
    /// To have a refused entry tried again, and waits ended.
    Retry { entry: i64 },
    /// To send another text in an entry's place.
    Edit { entry: i64, content: String },
    /// Not to send an entry.
    Discard { entry: i64 },
    /// To have read up to a message.
    ReadUpTo { session: i64, seq: i64 },
    /// To be seen writing, or not any more.
    Typing { session: i64, typing: bool },
    /// To go on writing later; empty: not to.
    Draft { session: i64, content: String },
    /// To get pushes by this subscription.
    RegisterPhone { subscription: String },
    /// To be up to date (pulling the list down).
    CatchUp,
    /// To talk to someone of the other side.
    CreateSession { other: i64 },
    /// To archive a session, or to reopen it.
    SetStatus { session: i64, status: Status },
    /// To replace the text of a message.
    Correct { session: i64, seq: i64, content: String },
    /// To take a message back.
    Retract { session: i64, seq: i64 },
    /// To see older messages than those that are held.
    LoadOlder { session: i64 },
    /// To have new URLs of a message's images.
    RefreshImages { session: i64, seq: i64 },
}

impl From<Wish> for chat_client::Wish {
    fn from(wish: Wish) -> Self {
        match wish {
            Wish::SignOut => Self::SignOut,
            Wish::Send { session, content, images } => {
                Self::Send { session, content, images: images.into_iter().map(Arc::from).collect() }
            }
            Wish::Retry { entry } => Self::Retry { entry },
            Wish::Edit { entry, content } => Self::Edit { entry, content },
            Wish::Discard { entry } => Self::Discard { entry },
            Wish::ReadUpTo { session, seq } => Self::ReadUpTo { session, seq },
            Wish::Typing { session, typing } => Self::Typing { session, typing },
            Wish::Draft { session, content } => Self::Draft { session, content },
            Wish::RegisterPhone { subscription } => Self::RegisterPhone { subscription },
            Wish::CatchUp => Self::CatchUp,
            Wish::CreateSession { other } => Self::CreateSession { other },
            Wish::SetStatus { session, status } => Self::SetStatus { session, status },
            Wish::Correct { session, seq, content } => Self::Correct { session, seq, content },
            Wish::Retract { session, seq } => Self::Retract { session, seq },
            Wish::LoadOlder { session } => Self::LoadOlder { session },
            Wish::RefreshImages { session, seq } => Self::RefreshImages { session, seq },
        }
    }
}

/// What a wish has come to.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Reply {
    /// Done.
    Done,
    /// Queued as this entry.
    Entry { id: i64 },
    /// There is this session.
    Session { id: i64 },
}

impl From<chat_client::Reply> for Reply {
    fn from(reply: chat_client::Reply) -> Self {
        match reply {
            chat_client::Reply::Done => Self::Done,
            chat_client::Reply::Entry(id) => Self::Entry { id },
            chat_client::Reply::Session(id) => Self::Session { id },
        }
    }
}

/// What is thrown at whoever still waits when the client is closed.
pub(crate) fn closed() -> ChatError {
    ChatError::Failed {
        code: "closed".to_owned(),
        detail: "the client is closed".to_owned(),
        retryable: false,
        advice: crate::Advice::Report,
    }
}
