//! Both outboxes as a whole, and what was given up in them.

use super::super::{
    Database, Statement,
    row::{get, only},
};
use crate::{error::Error, id::SessionId};
use std::time::Duration;
use time::OffsetDateTime;
use tokio_postgres::types::Type;

/// See the file.
pub static STATE: Statement =
    Statement { name: "outbox/state", sql: include_str!("state.sql"), types: &[Type::FLOAT8] };

/// See the file.
pub static PARKED: Statement =
    Statement { name: "outbox/parked", sql: include_str!("parked.sql"), types: &[] };

/// See the file.
pub static UNPARK: Statement =
    Statement { name: "outbox/unpark", sql: include_str!("unpark.sql"), types: &[] };

/// How the outbox stands.
#[derive(Debug)]
pub struct State {
    /// How long the oldest due row has been due, in seconds.
    pub age_seconds: f64,
    /// Rows given up.
    pub parked: i64,
    /// Whether a row becomes due within the time asked about.
    pub soon_due: bool,
}

/// Looks at the outbox as a whole; `soon` is how far ahead.
///
/// # Errors
/// As [`Database::query`].
pub async fn state(db: &Database, soon: Duration) -> Result<State, Error> {
    let row = only(db.query(&STATE, &[&soon.as_secs_f64()]).await?)?;
    Ok(State {
        age_seconds: get(&row, "age_seconds")?,
        parked: get(&row, "parked")?,
        soon_due: get(&row, "soon_due")?,
    })
}

/// A row that was given up.
#[derive(Debug)]
pub struct Parked {
    /// `message`, or the kind of a session's news.
    pub kind: String,
    /// The message, if it is one.
    pub message_id: Option<i64>,
    /// The session.
    pub session_id: SessionId,
    /// The message's number there.
    pub seq: Option<i64>,
    /// How often the message was tried.
    pub attempts: Option<i32>,
    /// Since when it is given up.
    pub parked_at: OffsetDateTime,
}

/// The rows given up, oldest first, at most a thousand.
///
/// # Errors
/// As [`Database::query`].
pub async fn parked(db: &Database) -> Result<Vec<Parked>, Error> {
    let rows = db.query(&PARKED, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Parked {
                kind: get(row, "kind")?,
                message_id: get(row, "message_id")?,
                session_id: get::<i64>(row, "session_id")?.into(),
                seq: get(row, "seq")?,
                attempts: get(row, "attempts")?,
                parked_at: get(row, "parked_at")?,
            })
        })
        .collect()
}

/// Makes all rows given up due again; tells how many.
///
/// # Errors
/// As [`Database::query`].
pub async fn unpark(db: &Database) -> Result<i64, Error> {
    get(&only(db.query(&UNPARK, &[]).await?)?, "unparked")
}
