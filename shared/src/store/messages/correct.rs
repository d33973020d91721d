//! Correcting a message.

use super::super::{
    database::Database,
    outbox::{Change, FIRST_LEASE, FrameRow},
    row::{self, Marks, at_most_one, get},
    statement::statement,
};
use crate::{
    caller::Caller,
    error::{Cause, Error},
    id::SessionId,
    message::{Content, Message, Pace},
};
use std::time::Duration;
use tokio_postgres::types::ToSql;

statement!(
    CORRECT =
        "messages/correct"(INT8, TEXT, INT8, INT8, TEXT, BOOL, FLOAT8, INT8, FLOAT8, FLOAT8, TEXT)
);

/// What is to stand in a message's place.
#[derive(Clone, Debug)]
pub struct Correction {
    /// The conversation.
    pub session: SessionId,
    /// The message's number there.
    pub seq: i64,
    /// The new text.
    pub content: Content,
}

/// A message that says what it is to say now.
#[derive(Debug)]
pub struct Corrected {
    /// The message.
    pub message: Message,
    /// Its frames are owed; none if it said the same before.
    pub frames: Option<FrameRow>,
}

/// Puts another text in the place of the caller's own message's, which must be younger than `within`.
/// The connection that the caller names as their own, if it is, gets no frame.
///
/// # Errors
/// [`Error::SessionNotFound`], [`Error::MessageNotFound`]; [`Error::Forbidden`] for the other side's
/// message; [`Error::InvalidRequest`] for a blank text without an image; [`Error::MessageRetracted`],
/// [`Error::TooLate`]; [`Error::RateLimited`].
pub async fn correct(
    db: &Database,
    caller: Caller,
    correction: &Correction,
    within: Duration,
    pace: Pace,
    connection: Option<&str>,
) -> Result<Corrected, Error> {
    let Correction { session, seq, content } = correction;
    let parameters = [
        &session.get() as &(dyn ToSql + Sync),
        &caller.role().as_str(),
        &caller.id(),
        seq,
        &content.as_str(),
        &content.is_blank(),
        &within.as_secs_f64(),
        &i64::from(pace.burst),
        &pace.window.as_secs_f64(),
        &FIRST_LEASE.as_secs_f64(),
        &connection,
    ];
    let rows = db.query_as(caller, &CORRECT, &parameters).await?;
    let row = at_most_one(&rows)?.ok_or(Error::SessionNotFound)?;
    match get(row, "verdict")? {
        "corrected" | "unchanged" => {}
        "no_message" => return Err(Error::MessageNotFound),
        "forbidden" => return Err(Error::Forbidden),
        "blank" => return Err(Error::invalid("content", "must not be blank without an image")),
        "retracted" => return Err(Error::MessageRetracted),
        "too_late" => return Err(Error::TooLate),
        "limited" => {
            return Err(Error::RateLimited(get::<i64>(row, "retry_after")?.unsigned_abs()));
        }
        _ => return Err(Error::Internal(Cause::new("unknown verdict on a correction"))),
    }
    let message = row::message(row, Marks::of(row)?)?.ok_or(Error::MessageNotFound)?;
    let frames = FrameRow::written(row, *session, Change::MessageUpdated(*seq))?;
    Ok(Corrected { message, frames })
}
