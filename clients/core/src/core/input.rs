//! What comes in.

#![expect(missing_docs, reason = "what a name says is not said again")]

use crate::wire::{Role, Status};
use std::sync::Arc;

/// Names a request; never used twice by a core.
pub type RequestId = u64;
/// Names an attempt to open the WebSocket; never used twice by a core.
pub type DialId = u64;
/// Names a question for a token; never used twice by a core.
pub type AskId = u64;
/// Names a wish; chosen by the shell, never twice for a core.
pub type WishId = u64;

/// Something has happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request has ended. Every request ends, once.
    Ended(RequestId, Outcome),
    /// The WebSocket of that attempt tells something.
    Socket(DialId, SocketEvent),
    /// The app has answered with a token, or could not.
    Token(AskId, Option<String>),
    /// The instant has come that was asked for with [`super::Effect::WakeAt`].
    Tick,
    /// The phone has a network, or another one, or none.
    Network(bool),
    /// The app is what the user looks at, or is not.
    Front(bool),
    /// The user wants something.
    Wish(WishId, Wish),
}

/// How a request ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// With an answer.
    Answer {
        /// HTTP's.
        status: u16,
        /// The header `Retry-After`, as it was.
        retry_after: Option<String>,
        /// As it was.
        body: Vec<u8>,
    },
    /// Without: it may have been carried out, or not.
    NoAnswer,
}

/// What a WebSocket tells.
#[derive(Clone, Debug)]
pub enum SocketEvent {
    /// It is open.
    Opened,
    /// It could not be opened; with the status, if that was an answer.
    Refused(Option<u16>),
    /// A text frame has come.
    Heard(String),
    /// It is open no more.
    Closed,
}

/// What a user can want.
#[derive(Clone, Debug)]
pub enum Wish {
    /// To be this role; tokens can be asked for from now on.
    SignIn(Role),
    /// To leave nothing behind.
    SignOut,
    /// To say something.
    Send { session: i64, content: String, images: Vec<Arc<[u8]>> },
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
