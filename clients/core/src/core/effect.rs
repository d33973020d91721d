//! What goes out.

#![expect(missing_docs, reason = "what a name says is not said again")]

use super::input::{AskId, DialId, RequestId, WishId};
use crate::{error::ChatError, moment::Millis, store::Write};
use std::collections::BTreeMap;

/// Something to be done. Effects are carried out in their order; when the store fails, those that
/// follow must not be: the core is made anew from the store then.
#[derive(Clone, Debug)]
pub enum Effect {
    /// One transaction. Always the first of a step.
    Commit(Vec<Write>),
    /// Remove the store's files and begin an empty one.
    EraseStore,
    /// A request of the service.
    Ask(Request),
    /// An upload to the object store.
    Put(Put),
    /// The app shall give a token; `refused` says that the service does not take the last one.
    AskToken { ask: AskId, refused: bool },
    /// Open the WebSocket; the token goes into the header `Authorization`.
    Dial { dial: DialId, token: String },
    /// Say a text frame.
    Say { dial: DialId, text: String },
    /// Close the WebSocket, and tell nothing more of it.
    HangUp { dial: DialId },
    /// Tick at this instant, and not at the one asked for before.
    WakeAt(Millis),
    /// A wish has come to its end.
    Settle(WishId, Result<Reply, ChatError>),
    /// What the app shows may have changed.
    Show(Change),
}

/// A request of the service.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: RequestId,
    pub method: Method,
    /// With its query; follows the service's address.
    pub path: String,
    /// JSON.
    pub body: Option<String>,
    /// For the header `Authorization: Bearer`.
    pub token: String,
    /// For the header `Chat-Connection`.
    pub connection: Option<String>,
    /// After this long it has ended without an answer.
    pub within: Millis,
}

/// HTTP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// An upload of a queued image to the object store, without a token.
#[derive(Clone, Debug)]
pub struct Put {
    pub id: RequestId,
    pub url: String,
    /// Signed: to be sent as they are.
    pub headers: BTreeMap<String, String>,
    /// Whose bytes are in the store.
    pub entry: i64,
    /// Which of its images.
    pub position: usize,
    /// After this long it has ended without an answer.
    pub within: Millis,
}

/// What a wish has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done.
    Done,
    /// Queued as this entry.
    Entry(i64),
    /// There is this session.
    Session(i64),
}

/// What may have changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The list of sessions.
    Sessions,
    /// A session's messages, queue, marks or draft.
    Conversation(i64),
    /// Whether the other side is writing.
    Typing(i64, bool),
    /// Whether frames come.
    Connection(Connection),
    /// Who is signed in, or whether they still are.
    Account(AccountState),
}

/// The WebSocket's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Connection {
    /// Not wanted, or waiting to be opened again.
    Offline,
    /// Being opened.
    Connecting,
    /// Open.
    Online,
}

/// What stands between the account and the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountState {
    /// Nothing.
    SignedIn,
    /// The service refuses tokens just got, or the app gets none: sign in again.
    TokenRefused,
    /// The token is someone else's, not the store's owner's: sign out first.
    OtherAccount,
    /// Nobody is signed in.
    SignedOut,
}
