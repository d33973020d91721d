//! Moving a read mark.

use super::super::{
    Database, Statement,
    row::{get, only},
};
use crate::{caller::Caller, error::Error, id::SessionId};
use time::OffsetDateTime;
use tokio_postgres::types::Type;

/// See the file.
pub static MARK_READ: Statement = Statement {
    name: "messages/mark_read",
    sql: include_str!("mark_read.sql"),
    types: &[Type::INT8, Type::TEXT, Type::INT8, Type::INT8],
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
    /// When it was moved, and the connections of both participants; none if it was not.
    pub moved: Option<(OffsetDateTime, Vec<String>)>,
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
    let role = caller.role().as_str();
    let rows = db.query(&MARK_READ, &[&session.get(), &role, &caller.id(), &up_to_seq]).await?;
    let row = only(rows)?;
    let moved = match get(&row, "verdict")? {
        "not_found" => return Err(Error::SessionNotFound),
        "beyond_end" => return Err(Error::invalid("up_to_seq", "is beyond the last message")),
        "moved" => Some((get(&row, "read_at")?, get(&row, "connections")?)),
        _ => None,
    };
    Ok(Mark {
        up_to_seq: get(&row, "up_to_seq")?,
        marked: get(&row, "marked")?,
        unread_count: get(&row, "unread_count")?,
        moved,
    })
}
