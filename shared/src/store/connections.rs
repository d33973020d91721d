//! `websocket_connections`.

use super::{Database, Statement, row, row::get};
use crate::{
    caller::{Caller, Role},
    error::Error,
    id::SessionId,
    session::Status,
};
use std::time::Duration;
use time::OffsetDateTime;
use tokio_postgres::types::Type;

/// API Gateway closes a WebSocket after two hours.
pub const LONGEST_LIFE: Duration = Duration::from_hours(2);

/// Far more devices than anyone has: without a bound, each message to one person could be made to
/// cost any number of frames.
const MOST_CONNECTIONS: i64 = 1_000;

/// See the file.
pub static OPEN: Statement = Statement {
    name: "connections/open",
    sql: include_str!("connections/open.sql"),
    types: &[Type::TEXT, Type::TEXT, Type::INT8, Type::FLOAT8, Type::FLOAT8, Type::INT8],
};

/// See the file.
pub static FIND: Statement = Statement {
    name: "connections/find",
    sql: include_str!("connections/find.sql"),
    types: &[Type::TEXT],
};

/// See the file.
pub static FORGET: Statement = Statement {
    name: "connections/forget",
    sql: include_str!("connections/forget.sql"),
    types: &[Type::TEXT_ARRAY],
};

/// See the file.
pub static EXPIRED: Statement = Statement {
    name: "connections/expired",
    sql: include_str!("connections/expired.sql"),
    types: &[Type::INT8],
};

/// See the file.
pub static FORGET_GONE: Statement = Statement {
    name: "connections/forget_gone",
    sql: include_str!("connections/forget_gone.sql"),
    types: &[Type::TEXT_ARRAY, Type::FLOAT8],
};

/// See the file.
pub static TYPING: Statement = Statement {
    name: "connections/typing",
    sql: include_str!("connections/typing.sql"),
    types: &[Type::TEXT, Type::INT8, Type::FLOAT8],
};

/// Notes that the caller is online until the token's `exp` (seconds since 1970), for at most
/// [`LONGEST_LIFE`].
///
/// # Errors
/// As [`Database::query`].
pub async fn open(db: &Database, connection: &str, caller: Caller, exp: i64) -> Result<(), Error> {
    // Exact up to the year 285 million.
    #[allow(clippy::cast_precision_loss)]
    let exp = exp as f64;
    let role = caller.role().as_str();
    let life = LONGEST_LIFE.as_secs_f64();
    db.query(&OPEN, &[&connection, &role, &caller.id(), &exp, &life, &MOST_CONNECTIONS])
        .await
        .map(|_| ())
}

/// Whose connection this is; `None` when it is not known or has expired.
///
/// # Errors
/// As [`Database::query`].
pub async fn find(db: &Database, connection: &str) -> Result<Option<(Role, i64)>, Error> {
    let rows = db.query(&FIND, &[&connection]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((row::role(row, "user_type")?, get(row, "user_id")?)))
}

/// Forgets connections that are gone.
///
/// # Errors
/// As [`Database::query`].
pub async fn forget(db: &Database, connections: &[String]) -> Result<(), Error> {
    db.query(&FORGET, &[&connections]).await.map(|_| ())
}

/// Up to `limit` connections whose time is over.
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
/// As [`Database::query`].
pub async fn typing(
    db: &Database,
    connection: &str,
    session: SessionId,
    show_for: Duration,
) -> Result<Option<Typing>, Error> {
    let seconds = show_for.as_secs_f64();
    let rows = db.query(&TYPING, &[&connection, &session.get(), &seconds]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Typing {
        writer: row::role(row, "user_type")?,
        status: get::<Option<&str>>(row, "status")?.and_then(Status::parse),
        expires_at: get(row, "expires_at")?,
        other_side: get(row, "other_side")?,
    }))
}
