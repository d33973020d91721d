//! What the service says over a WebSocket: the one place where these frames' JSON is defined.

use crate::{
    error::{Cause, Error, Problem},
    fields::FieldError,
    id::SessionId,
    identity::Role,
    message::WrittenMessage,
    session::SessionView,
    timestamp,
};
use serde::Serialize;
use time::OffsetDateTime;

/// A frame from server to client.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub enum Frame<'a> {
    /// A message was stored. To every connection of both participants, at least once.
    #[serde(rename = "message.created")]
    MessageCreated {
        /// The conversation.
        session_id: SessionId,
        /// The message's number in it.
        seq: i64,
        /// The message.
        message: &'a WrittenMessage,
    },
    /// A message was corrected or retracted: it is as it is now. To every connection of both participants,
    /// at least once.
    #[serde(rename = "message.updated")]
    MessageUpdated {
        /// The conversation.
        session_id: SessionId,
        /// The message's number in it.
        seq: i64,
        /// The message.
        message: &'a WrittenMessage,
    },
    /// One side has read up to a message. To every connection of both.
    #[serde(rename = "messages.read")]
    MessagesRead {
        /// The conversation.
        session_id: SessionId,
        /// Who has read.
        reader: Role,
        /// The mark now in force.
        up_to_seq: i64,
        /// When.
        #[serde(serialize_with = "timestamp::serialize")]
        read_at: OffsetDateTime,
        /// How many messages the reader has not read yet; only the reader is told.
        #[serde(skip_serializing_if = "Option::is_none")]
        unread_count: Option<i64>,
    },
    /// A session was created; each side gets its own view.
    #[serde(rename = "session.created")]
    SessionCreated {
        /// The session.
        session: SessionView,
    },
    /// A session was archived or opened again; each side gets its own view.
    #[serde(rename = "session.updated")]
    SessionUpdated {
        /// The session.
        session: SessionView,
    },
    /// The other side is writing, or has stopped; to be shown until `expires_at`.
    #[serde(rename = "typing")]
    Typing {
        /// The conversation.
        session_id: SessionId,
        /// Who is writing.
        sender_type: Role,
        /// Whether they are.
        typing: bool,
        /// When to stop showing it.
        #[serde(serialize_with = "timestamp::serialize")]
        expires_at: OffsetDateTime,
    },
    /// The answer to a ping.
    #[serde(rename = "pong")]
    Pong {
        /// The connection's id, by which requests can name it as theirs.
        connection_id: &'a str,
    },
    /// What a client said was not understood or not allowed.
    #[serde(rename = "error")]
    Error(ErrorFrame<'a>),
}

/// The members of a problem document; `type` is the frame's.
#[derive(Debug, Serialize)]
pub struct ErrorFrame<'a> {
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    request_id: &'a str,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a [FieldError]>,
}

impl<'a> From<&Problem<'a>> for ErrorFrame<'a> {
    fn from(problem: &Problem<'a>) -> Self {
        Self {
            title: problem.title,
            status: problem.status,
            code: problem.code,
            detail: problem.detail,
            request_id: problem.request_id,
            retryable: problem.retryable,
            errors: problem.errors,
        }
    }
}

impl Frame<'_> {
    /// The frame's text.
    ///
    /// # Errors
    /// [`Error::Internal`] for what cannot be JSON, such as a time of a five-digit year.
    pub fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(self)
            .map_err(|_| Error::Internal(Cause::new("a frame cannot be written")))
    }
}
