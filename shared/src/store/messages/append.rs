//! Storing a message.

use super::{
    super::{
        database::Database,
        outbox::{Change, FIRST_LEASE, FrameRow, Lease, READ_WITHIN, Work},
        row::{self, Marks, get, only},
        statement::statement,
    },
    mark_read::MOST_MARKED_AT_ONCE,
};
use crate::{
    caller::Caller,
    error::{Cause, Error},
    id::SessionId,
    identity::Role,
    message::{Draft, Message, Pace},
};
use time::OffsetDateTime;
use tokio_postgres::Row;

statement!(
    APPEND = "messages/append"(
        INT8, TEXT, INT8, UUID, TEXT, TEXT_ARRAY, INT8, FLOAT8, FLOAT8, FLOAT8, TEXT, INT8, INT8
    )
);
statement!(MAY_APPEND = "messages/may_append"(INT8, TEXT, INT8, UUID, TEXT, TEXT_ARRAY, INT8));

/// What became of a draft that was not refused.
#[derive(Debug)]
pub enum Append {
    /// It is stored.
    Stored(Box<Stored>),
    /// It was stored before; nothing changed. The message as it is now: it may have been corrected or
    /// retracted meanwhile.
    Repeated(Message),
}

/// A message that was stored just now, and what is owed for it.
#[derive(Debug)]
pub struct Stored {
    /// The message.
    pub message: Message,
    /// What is owed for it.
    pub owed: Owed,
}

/// What is owed for a message.
#[derive(Debug)]
pub struct Owed {
    /// Its frames.
    pub frames: FrameRow,
    /// That its images are kept, if it has any: their keys.
    pub images: Option<(Lease, Vec<String>)>,
    /// A push, perhaps: a dentist wrote to a customer who has a phone.
    pub push: bool,
    /// The frames of what its sender has read with it.
    pub reading: Option<Reading>,
}

/// A read mark that moved with a message.
#[derive(Debug)]
pub struct Reading {
    /// Whose.
    pub reader: Role,
    /// Up to this message.
    pub up_to_seq: i64,
    /// When.
    pub read_at: OffsetDateTime,
    /// How many of the other side's messages are left.
    pub unread_count: i64,
    /// Its frames are owed.
    pub frames: FrameRow,
}

/// What would become of a draft now.
#[derive(Debug)]
pub enum MayAppend {
    /// It would be stored.
    Yes,
    /// It was stored before; the message as it is now.
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
        .query_as(
            caller,
            &MAY_APPEND,
            &[
                &session.get(),
                &caller.role().as_str(),
                &caller.id(),
                &draft.client_message_id.0,
                &draft.content.as_str(),
                &draft.images.as_slice(),
                &draft.read_up_to_seq,
            ],
        )
        .await?;
    let row = only(rows)?;
    match get(&row, "verdict")? {
        "repeated" => Ok(MayAppend::Repeated(earlier(&row)?)),
        "allowed" => Ok(MayAppend::Yes),
        verdict => Err(refusal(&row, verdict)?),
    }
}

/// Stores a message, once for each of the sender's client message ids. The connection that the sender
/// names as their own, if it is, gets no frame.
///
/// # Errors
/// [`Error::SessionNotFound`], [`Error::SessionArchived`], [`Error::ClientMessageIdReused`],
/// [`Error::RateLimited`]; [`Error::InvalidRequest`] for a mark beyond the last message before it;
/// [`Error::ImageNotFound`] when another message has one of the images.
pub async fn append(
    db: &Database,
    caller: Caller,
    session: SessionId,
    draft: &Draft,
    pace: Pace,
    connection: Option<&str>,
) -> Result<Append, Error> {
    let first_try = attempt(db, caller, session, draft, pace, connection).await?;
    if let Some(append) = first_try {
        return Ok(append);
    }
    // The session's status changed under the statement; a new one sees what it changed to.
    let second_try = attempt(db, caller, session, draft, pace, connection).await?;
    second_try.ok_or_else(|| Error::Unavailable(Cause::new("the session changes too fast")))
}

async fn attempt(
    db: &Database,
    caller: Caller,
    session: SessionId,
    draft: &Draft,
    pace: Pace,
    connection: Option<&str>,
) -> Result<Option<Append>, Error> {
    let rows = db
        .query_as(
            caller,
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
                &FIRST_LEASE.as_secs_f64(),
                &READ_WITHIN.as_secs_f64(),
                &connection,
                &draft.read_up_to_seq,
                &MOST_MARKED_AT_ONCE,
            ],
        )
        .await?;
    let row = only(rows)?;
    match get(&row, "verdict")? {
        "stored" => {
            let message = message(&row, caller, session, draft)?;
            Ok(Some(Append::Stored(Box::new(stored(&row, message, draft.read_up_to_seq)?))))
        }
        "repeated" => Ok(Some(Append::Repeated(earlier(&row)?))),
        "raced" => Ok(None),
        verdict => Err(refusal(&row, verdict)?),
    }
}

fn stored(row: &Row, message: Message, read_up_to_seq: Option<i64>) -> Result<Stored, Error> {
    let (session, change) = (message.session_id, Change::Message(message.seq));
    let reader = message.sender_type;
    let missing = || Error::Internal(Cause::new("a stored message owes no frames"));
    let images: Option<i64> = get(row, "images_version")?;
    let images = images.map(|version| Lease { session, change, work: Work::Images, version });
    let owed = Owed {
        frames: FrameRow::written(row, session, change)?.ok_or_else(missing)?,
        images: images.map(|lease| (lease, message.image_urls.clone())),
        push: get(row, "owes_push")?,
        reading: match read_up_to_seq {
            Some(seq) => reading(row, session, reader, seq)?,
            None => None,
        },
    };
    Ok(Stored { message, owed })
}

fn reading(
    row: &Row,
    session: SessionId,
    reader: Role,
    up_to_seq: i64,
) -> Result<Option<Reading>, Error> {
    let frames = FrameRow::written_as(row, "reading_version", session, Change::Read(reader))?;
    let Some(frames) = frames else { return Ok(None) };
    let (read_at, unread_count) = (get(row, "reading_at")?, get(row, "reading_unread")?);
    Ok(Some(Reading { reader, up_to_seq, read_at, unread_count, frames }))
}

fn refusal(row: &Row, verdict: &str) -> Result<Error, Error> {
    Ok(match verdict {
        "reused" => Error::ClientMessageIdReused,
        "not_found" => Error::SessionNotFound,
        "beyond_end" => Error::invalid("read_up_to_seq", "is beyond the last message"),
        "archived" => Error::SessionArchived,
        "image_taken" => Error::ImageNotFound,
        "limited" => Error::RateLimited(get::<i64>(row, "retry_after")?.unsigned_abs()),
        _ => Error::Internal(Cause::new("unknown verdict on a message")),
    })
}

/// The message that an earlier try has stored.
fn earlier(row: &Row) -> Result<Message, Error> {
    let missing = || Error::Internal(Cause::new("a repeated message is missing"));
    row::message(row, Marks::of(row)?)?.ok_or_else(missing)
}

/// The message that was stored just now: the draft, and what the database added.
fn message(row: &Row, caller: Caller, session: SessionId, draft: &Draft) -> Result<Message, Error> {
    Ok(Message {
        id: get::<i64>(row, "message_id")?.into(),
        session_id: session,
        seq: get(row, "seq")?,
        sender_type: caller.role(),
        sender_id: caller.id(),
        content: draft.content.as_str().to_owned(),
        image_urls: draft.images.as_slice().to_vec(),
        client_message_id: draft.client_message_id.0,
        created_at: get(row, "message_created_at")?,
        is_read: false,
        read_at: None,
        corrected_at: None,
        retracted_at: None,
    })
}
