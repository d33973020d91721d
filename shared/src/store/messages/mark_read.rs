//! Moving a read mark.

use super::super::{
    Database, Statement,
    news::{Change, Kind},
    row::{get, only},
};
use crate::{caller::Caller, delivery::OUTBOX_GRACE, error::Error, id::SessionId};
use time::OffsetDateTime;
use tokio_postgres::types::{ToSql, Type};

/// See the file.
pub static MARK_READ: Statement = Statement {
    name: "messages/mark_read",
    sql: include_str!("mark_read.sql"),
    types: &[Type::INT8, Type::TEXT, Type::INT8, Type::INT8, Type::FLOAT8],
};

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
    pub moved: Option<(OffsetDateTime, Change)>,
}

/// Moves the caller's read mark up to `up_to_seq`, never back.
///
/// # Errors
/// [`Error::SessionNotFound`]; [`Error::InvalidRequest`] beyond the last message.
pub async fn mark_read(
    db: &Database,
    caller: Caller,
    session: SessionId,
    up_to_seq: i64,
) -> Result<Mark, Error> {
    let (role, grace) = (caller.role().as_str(), OUTBOX_GRACE.as_secs_f64());
    let parameters =
        [&session.get() as &(dyn ToSql + Sync), &role, &caller.id(), &up_to_seq, &grace];
    let row = only(db.query(&MARK_READ, &parameters).await?)?;
    match get(&row, "verdict")? {
        "not_found" => return Err(Error::SessionNotFound),
        "beyond_end" => return Err(Error::invalid("up_to_seq", "is beyond the last message")),
        _ => {}
    }
    let read_at: Option<OffsetDateTime> = get(&row, "read_at")?;
    let moved = read_at.zip(Change::of(&row, session, Kind::Read(caller.role()))?);
    Ok(Mark {
        up_to_seq: get(&row, "up_to_seq")?,
        marked: get(&row, "marked")?,
        unread_count: get(&row, "unread_count")?,
        moved,
    })
}
