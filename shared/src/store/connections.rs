//! `websocket_connections`.

use super::{database::Database, row, row::get, statement::statement};
use crate::{caller::Caller, error::Error, id::SessionId, identity::Role, session::Status};
use std::time::Duration;
use time::OffsetDateTime;
use tokio_postgres::{Row, types::ToSql};

statement!(OPEN = "connections/open"(TEXT, TEXT, INT8, INT8, FLOAT8, INT8, INT8));
statement!(HEAR = "connections/hear"(TEXT, INT8));
statement!(FORGET = "connections/forget"(TEXT_ARRAY));
statement!(EXPIRED = "connections/expired"(INT8));
statement!(rare FORGET_GONE = "connections/forget_gone" (TEXT_ARRAY, FLOAT8));
statement!(TYPING = "connections/typing"(TEXT, INT8, FLOAT8, INT8));

/// API Gateway closes a WebSocket after two hours.
pub const LONGEST_LIFE: Duration = Duration::from_hours(2);

/// Far more devices than anyone has: without a bound, each message to one person could be made to
/// cost any number of frames.
const MOST_CONNECTIONS: i64 = 1_000;

/// How many things may be said over a connection in a minute.
pub const MOST_HEARD: i64 = 120;

/// Notes that the caller is online until the token's `exp` (seconds since 1970), for at most
/// [`LONGEST_LIFE`].
///
/// # Errors
/// [`Error::Unauthenticated`] when the token is revoked; those of [`Database::query`].
pub async fn open(db: &Database, connection: &str, caller: Caller, exp: i64) -> Result<(), Error> {
    let (role, id, iat) = (caller.role().as_str(), caller.id(), caller.issued_at());
    let life = LONGEST_LIFE.as_secs_f64();
    let parameters: [&(dyn ToSql + Sync); 7] =
        [&connection, &role, &id, &exp, &life, &MOST_CONNECTIONS, &iat];
    let row = row::only(db.query(&OPEN, &parameters).await?)?;
    if get(&row, "is_revoked")? { Err(Error::Unauthenticated) } else { Ok(()) }
}

/// Notes that something is said over this connection. Tells whether it may be used; not when it is
/// unknown or has expired.
///
/// # Errors
/// [`Error::RateLimited`] for the rest of a minute in which [`MOST_HEARD`] things were said.
pub async fn hear(db: &Database, connection: &str) -> Result<bool, Error> {
    let rows = db.query(&HEAR, &[&connection, &MOST_HEARD]).await?;
    let Some(row) = row::at_most_one(&rows)? else { return Ok(false) };
    may_speak(row)?;
    Ok(true)
}

fn may_speak(row: &Row) -> Result<(), Error> {
    if get(row, "is_limited")? {
        return Err(Error::RateLimited(get::<i64>(row, "retry_after")?.unsigned_abs()));
    }
    Ok(())
}

/// Forgets connections that are gone.
///
/// # Errors
/// As [`Database::query`].
pub async fn forget(db: &Database, connections: &[String]) -> Result<(), Error> {
    db.query(&FORGET, &[&connections]).await.map(|_| ())
}

/// Up to `limit` connections whose time is over, also because their token was revoked.
///
/// # Errors
/// As [`Database::query`].
pub async fn expired(db: &Database, limit: i64) -> Result<Vec<String>, Error> {
    let rows = db.query(&EXPIRED, &[&limit]).await?;
    rows.iter().map(|row| get(row, "connection_id")).collect()
}

/// Forgets connections that the gateway calls gone, except those that may be just opening: these
/// are returned.
///
/// # Errors
/// As [`Database::query`].
pub async fn forget_gone(
    db: &Database,
    connections: &[String],
    handshake: Duration,
) -> Result<Vec<String>, Error> {
    let rows = db.query(&FORGET_GONE, &[&connections, &handshake.as_secs_f64()]).await?;
    rows.iter().map(|row| get(row, "connection_id")).collect()
}

/// Someone writes in a session.
#[derive(Debug)]
pub struct Typing {
    /// Which side.
    pub writer: Role,
    /// The session's status; none if it is not the writer's.
    pub status: Option<Status>,
    /// When to stop showing it.
    pub expires_at: OffsetDateTime,
    /// To which connections it is shown.
    pub other_side: Vec<String>,
}

/// Who writes over this connection, and who is to see it; `None` when it is not known or has
/// expired.
///
/// # Errors
/// [`Error::RateLimited`], as [`hear`].
pub async fn typing(
    db: &Database,
    connection: &str,
    session: SessionId,
    show_for: Duration,
) -> Result<Option<Typing>, Error> {
    let seconds = show_for.as_secs_f64();
    let parameters = [&connection as &(dyn ToSql + Sync), &session.get(), &seconds, &MOST_HEARD];
    let rows = db.query(&TYPING, &parameters).await?;
    let Some(row) = row::at_most_one(&rows)? else { return Ok(None) };
    may_speak(row)?;
    Ok(Some(Typing {
        writer: row::role(row, "user_type")?,
        status: get::<Option<&str>>(row, "status")?.and_then(Status::parse),
        expires_at: get(row, "expires_at")?,
        other_side: get(row, "other_side")?,
    }))
}
