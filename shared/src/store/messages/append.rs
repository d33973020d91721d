//! Storing a message.

use super::super::{
    Database, Statement,
    row::{self, get, only},
};
use crate::{
    caller::Caller,
    delivery::{OUTBOX_GRACE, Owed},
    error::{Cause, Error},
    id::SessionId,
    message::{Draft, Message},
};
use std::time::{Duration, Instant};
use tokio_postgres::{Row, types::Type};

/// See the file.
pub static APPEND: Statement = Statement {
    name: "messages/append",
    sql: include_str!("append.sql"),
    types: &[
        Type::INT8,
        Type::TEXT,
        Type::INT8,
        Type::UUID,
        Type::TEXT,
        Type::TEXT_ARRAY,
        Type::INT8,
        Type::FLOAT8,
        Type::FLOAT8,
    ],
};

/// See the file.
pub static MAY_APPEND: Statement = Statement {
    name: "messages/may_append",
    sql: include_str!("may_append.sql"),
    types: &[Type::INT8, Type::TEXT, Type::INT8, Type::UUID, Type::TEXT, Type::TEXT_ARRAY],
};

/// How fast a sender may write in one session.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// This many messages …
    pub burst: u32,
    /// … in this time. A burst of 0 is no limit.
    pub window: Duration,
}

/// What became of a draft that was not refused.
#[derive(Debug)]
pub enum Append {
    /// It is stored, and this is what is owed for it.
    Stored(Box<Owed>),
    /// It was stored before; nothing changed.
    Repeated(Message),
}

/// What would become of a draft now.
#[derive(Debug)]
pub enum MayAppend {
    /// It would be stored.
    Yes,
    /// It was stored before.
    Repeated(Message),
}

/// Whether the caller could store this draft now, at any pace.
///
/// # Errors
/// As [`append`], but for [`Error::RateLimited`].
pub async fn may_append(
    db: &Database,
    caller: Caller,
    session: SessionId,
    draft: &Draft,
) -> Result<MayAppend, Error> {
    let rows = db
        .query(
            &MAY_APPEND,
            &[
                &session.get(),
                &caller.role().as_str(),
                &caller.id(),
                &draft.client_message_id.0,
                &draft.content.as_str(),
                &draft.images.as_slice(),
            ],
        )
        .await?;
    let row = only(rows)?;
    match get(&row, "verdict")? {
        "repeated" => Ok(MayAppend::Repeated(message(&row, caller, session, draft)?)),
        "allowed" => Ok(MayAppend::Yes),
        verdict => Err(refusal(&row, verdict)?),
    }
}

/// Stores a message, once for each of the sender's client message ids.
///
/// # Errors
/// [`Error::SessionNotFound`], [`Error::SessionArchived`], [`Error::ClientMessageIdReused`],
/// [`Error::RateLimited`].
pub async fn append(
    db: &Database,
    caller: Caller,
    session: SessionId,
    draft: &Draft,
    pace: Pace,
) -> Result<Append, Error> {
    let first_try = attempt(db, caller, session, draft, pace).await?;
    if let Some(append) = first_try {
        return Ok(append);
    }
    // The session's status changed under the statement; a new one sees what it changed to.
    let second_try = attempt(db, caller, session, draft, pace).await?;
    second_try.ok_or_else(|| Error::Unavailable(Cause::new("the session changes too fast")))
}

async fn attempt(
    db: &Database,
    caller: Caller,
    session: SessionId,
    draft: &Draft,
    pace: Pace,
) -> Result<Option<Append>, Error> {
    let rows = db
        .query(
            &APPEND,
            &[
                &session.get(),
                &caller.role().as_str(),
                &caller.id(),
                &draft.client_message_id.0,
                &draft.content.as_str(),
                &draft.images.as_slice(),
                &i64::from(pace.burst),
                &pace.window.as_secs_f64(),
                &OUTBOX_GRACE.as_secs_f64(),
            ],
        )
        .await?;
    let row = only(rows)?;
    match get(&row, "verdict")? {
        "stored" => Ok(Some(Append::Stored(Box::new(Owed {
            message: message(&row, caller, session, draft)?,
            audience: row::audience(&row)?,
            push: get(&row, "customer_has_player")?,
            frames_sent: false,
            attempts: 0,
            age: Duration::ZERO,
            known_at: Instant::now(),
        })))),
        "repeated" => Ok(Some(Append::Repeated(message(&row, caller, session, draft)?))),
        "raced" => Ok(None),
        verdict => Err(refusal(&row, verdict)?),
    }
}

fn refusal(row: &Row, verdict: &str) -> Result<Error, Error> {
    Ok(match verdict {
        "reused" => Error::ClientMessageIdReused,
        "not_found" => Error::SessionNotFound,
        "archived" => Error::SessionArchived,
        "limited" => Error::RateLimited(get::<i64>(row, "retry_after")?.unsigned_abs()),
        _ => Error::Internal(Cause::new("unknown verdict on a message")),
    })
}

/// The stored message: the draft, which the statement found equal, and what the database added.
fn message(row: &Row, caller: Caller, session: SessionId, draft: &Draft) -> Result<Message, Error> {
    Ok(Message {
        id: get::<i64>(row, "message_id")?.into(),
        session_id: session,
        seq: get(row, "seq")?,
        sender_type: caller.role(),
        sender_id: caller.id(),
        content: draft.content.as_str().to_owned(),
        image_urls: draft.images.as_slice().to_vec(),
        images: Vec::new(),
        client_message_id: draft.client_message_id.0,
        created_at: get(row, "message_created_at")?,
        is_read: get(row, "is_read")?,
        read_at: get(row, "read_at")?,
    })
}
