//! Moving a read mark.

use super::super::{
    database::Database,
    outbox::{Change, FIRST_LEASE, FrameRow},
    row::{get, only},
    statement::statement,
};
use crate::{caller::Caller, error::Error, id::SessionId};
use time::OffsetDateTime;
use tokio_postgres::types::ToSql;

statement!(MARK_READ = "messages/mark_read"(INT8, TEXT, INT8, INT8, FLOAT8, INT8, TEXT));

/// Over how many messages a mark may move and still write their columns itself.
pub(super) const MOST_MARKED_AT_ONCE: i64 = 1_000;

/// A read mark in force.
#[derive(Debug)]
pub struct Mark {
    /// Everything up to here has been read.
    pub up_to_seq: i64,
    /// How many messages became read.
    pub marked: i64,
    /// How many of the other side's messages are left.
    pub unread_count: i64,
    /// When it was moved and who is to hear of it; none if it was not.
    pub moved: Option<(OffsetDateTime, FrameRow)>,
}

/// Moves the caller's read mark up to `up_to_seq`, never back. The connection that the caller names as
/// their own, if it is, gets no frame.
///
/// # Errors
/// [`Error::SessionNotFound`]; [`Error::InvalidRequest`] beyond the last message.
pub async fn mark_read(
    db: &Database,
    caller: Caller,
    session: SessionId,
    up_to_seq: i64,
    connection: Option<&str>,
) -> Result<Mark, Error> {
    let (role, lease) = (caller.role().as_str(), FIRST_LEASE.as_secs_f64());
    let parameters = [
        &session.get() as &(dyn ToSql + Sync),
        &role,
        &caller.id(),
        &up_to_seq,
        &lease,
        &MOST_MARKED_AT_ONCE,
        &connection,
    ];
    let row = only(db.query_as(caller, &MARK_READ, &parameters).await?)?;
    match get(&row, "verdict")? {
        "not_found" => return Err(Error::SessionNotFound),
        "beyond_end" => return Err(Error::invalid("up_to_seq", "is beyond the last message")),
        _ => {}
    }
    let read_at: Option<OffsetDateTime> = get(&row, "read_at")?;
    let moved = read_at.zip(FrameRow::written(&row, session, Change::Read(caller.role()))?);
    Ok(Mark {
        up_to_seq: get(&row, "up_to_seq")?,
        marked: get(&row, "marked")?,
        unread_count: get(&row, "unread_count")?,
        moved,
    })
}
