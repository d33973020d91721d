//! `websocket_connections`.

use super::{Database, Statement, row, row::get};
use crate::{caller::{Caller, Role}, error::Error};
use std::time::Duration;
use tokio_postgres::types::Type;

/// API Gateway closes a WebSocket after two hours.
pub const LONGEST_LIFE: Duration = Duration::from_secs(2 * 60 * 60);

/// See the file.
pub static OPEN: Statement = Statement {
    name: "connections/open",
    sql: include_str!("connections/open.sql"),
    types: &[Type::TEXT, Type::TEXT, Type::INT8, Type::FLOAT8, Type::FLOAT8],
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
    db.query(&OPEN, &[&connection, &role, &caller.id(), &exp, &life]).await.map(|_| ())
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
