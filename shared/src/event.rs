//! What the service says over a WebSocket: the one place where these frames' JSON is defined.

use crate::{caller::Role, error::Problem, id::SessionId, message::Message, session::SessionView};
use serde::Serialize;
use time::OffsetDateTime;

/// A frame from server to client.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub enum Event<'a> {
    /// A message was stored. To every connection of both participants, at least once.
    #[serde(rename = "message.created")]
    MessageCreated {
        /// The conversation.
        session_id: SessionId,
        /// The message's number in it.
        seq: i64,
        /// The message.
        message: &'a Message,
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
        #[serde(with = "time::serde::rfc3339")]
        read_at: OffsetDateTime,
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
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// The answer to a ping.
    #[serde(rename = "pong")]
    Pong,
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
    errors: Option<&'a [crate::fields::FieldError]>,
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

impl Event<'_> {
    /// The frame's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Serializing these types cannot fail: no maps with odd keys, no failing impls.
        serde_json::to_string(self).unwrap_or_default()
    }
}
