//! `chat_sessions`.

use super::{
    Database, Statement,
    news::{Change, Kind},
    row::{self, get, only},
};
use crate::{
    caller::Caller,
    delivery::OUTBOX_GRACE,
    error::Error,
    id::{CustomerId, DentistId, SessionId},
    session::{Session, Status},
};
use time::OffsetDateTime;
use tokio_postgres::types::{ToSql, Type};

/// See the file.
pub static GET: Statement = Statement {
    name: "sessions/get",
    sql: include_str!("sessions/get.sql"),
    types: &[Type::INT8, Type::TEXT, Type::INT8],
};

/// See the file.
pub static LIST: Statement = Statement {
    name: "sessions/list",
    sql: include_str!("sessions/list.sql"),
    types: &[Type::TEXT, Type::INT8, Type::TEXT, Type::TIMESTAMPTZ, Type::INT8, Type::INT8],
};

/// See the file.
pub static FIND_PAIR: Statement = Statement {
    name: "sessions/find_pair",
    sql: include_str!("sessions/find_pair.sql"),
    types: &[Type::INT8, Type::INT8],
};

/// See the file.
pub static CREATE: Statement = Statement {
    name: "sessions/create",
    sql: include_str!("sessions/create.sql"),
    types: &[Type::INT8, Type::INT8, Type::FLOAT8],
};

/// See the file.
pub static STATUS: Statement = Statement {
    name: "sessions/status",
    sql: include_str!("sessions/status.sql"),
    types: &[Type::INT8, Type::TEXT, Type::INT8],
};

/// See the file.
pub static UPDATE: Statement = Statement {
    name: "sessions/update",
    sql: include_str!("sessions/update.sql"),
    types: &[Type::INT8, Type::TEXT, Type::INT8, Type::TEXT, Type::FLOAT8],
};

/// See the file.
pub static ARCHIVE_IDLE: Statement = Statement {
    name: "sessions/archive_idle",
    sql: include_str!("sessions/archive_idle.sql"),
    types: &[Type::INT4, Type::INT8, Type::FLOAT8],
};

/// Whether one of the caller's sessions takes messages.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's.
pub async fn status(db: &Database, caller: Caller, id: SessionId) -> Result<Status, Error> {
    let rows = db.query(&STATUS, &[&id.get(), &caller.role().as_str(), &caller.id()]).await?;
    row::status(rows.first().ok_or(Error::SessionNotFound)?)
}

/// One of the caller's sessions.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's.
pub async fn get_one(db: &Database, caller: Caller, id: SessionId) -> Result<Session, Error> {
    let rows = db.query(&GET, &[&id.get(), &caller.role().as_str(), &caller.id()]).await?;
    rows.first().map_or(Err(Error::SessionNotFound), row::session)
}

/// Where a page of sessions begins: after this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The session's last activity.
    pub updated_at: OffsetDateTime,
    /// The session.
    pub id: SessionId,
}

/// A page of the caller's sessions, most recent activity first; `None` for a status means any.
///
/// # Errors
/// As [`Database::query`].
pub async fn list(
    db: &Database,
    caller: Caller,
    status: Option<Status>,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Session>, Error> {
    let status = status.map_or("all", Status::as_str);
    let updated_at = after.map(|position| position.updated_at);
    let id = after.map(|position| position.id.get());
    let role = caller.role().as_str();
    let rows = db.query(&LIST, &[&role, &caller.id(), &status, &updated_at, &id, &limit]).await?;
    rows.iter().map(row::session).collect()
}

/// What is known of a pair.
#[derive(Debug)]
pub struct Pair {
    /// Whether they ever had a session.
    pub acquainted: bool,
    /// Their active session.
    pub active: Option<Session>,
}

/// Looks a pair up.
///
/// # Errors
/// As [`Database::query`].
pub async fn find_pair(
    db: &Database,
    customer: CustomerId,
    dentist: DentistId,
) -> Result<Pair, Error> {
    let row = only(db.query(&FIND_PAIR, &[&customer.get(), &dentist.get()]).await?)?;
    let has_active = get::<Option<i64>>(&row, "session_id")?.is_some();
    Ok(Pair {
        acquainted: get(&row, "acquainted")?,
        active: if has_active { Some(row::session(&row)?) } else { None },
    })
}

/// The pair's active session, and who is to hear of it: nobody when it existed.
///
/// # Errors
/// As [`Database::query`].
pub async fn create(
    db: &Database,
    customer: CustomerId,
    dentist: DentistId,
) -> Result<(Session, Option<Change>), Error> {
    let grace = OUTBOX_GRACE.as_secs_f64();
    let row = only(db.query(&CREATE, &[&customer.get(), &dentist.get(), &grace]).await?)?;
    let session = row::session(&row)?;
    let change = Change::of(&row, session.id, Kind::Created)?;
    Ok((session, change))
}

/// Gives one of the caller's sessions this status; only dentists may. Returns the session as it is
/// now, and who is to hear of the change: nobody when it had that status.
///
/// # Errors
/// [`Error::SessionNotFound`], [`Error::Forbidden`], [`Error::ActiveSessionExists`].
pub async fn update(
    db: &Database,
    caller: Caller,
    id: SessionId,
    status: Status,
) -> Result<(Session, Option<Change>), Error> {
    let (role, grace) = (caller.role().as_str(), OUTBOX_GRACE.as_secs_f64());
    let parameters =
        [&id.get() as &(dyn ToSql + Sync), &role, &caller.id(), &status.as_str(), &grace];
    let row = only(db.query(&UPDATE, &parameters).await?)?;
    match get(&row, "verdict")? {
        "not_found" => Err(Error::SessionNotFound),
        "forbidden" => Err(Error::Forbidden),
        "conflict" => Err(Error::ActiveSessionExists),
        _ => Ok((row::session(&row)?, Change::of(&row, id, Kind::Updated)?)),
    }
}

/// A session that was archived for want of activity.
#[derive(Debug)]
pub struct Archived {
    /// The session as it is now.
    pub session: Session,
    /// Who is to hear of it.
    pub change: Option<Change>,
}

/// Archives up to `limit` sessions in which nothing has happened for so many days.
///
/// # Errors
/// As [`Database::query`].
pub async fn archive_idle(db: &Database, days: i32, limit: i64) -> Result<Vec<Archived>, Error> {
    let rows = db.query(&ARCHIVE_IDLE, &[&days, &limit, &OUTBOX_GRACE.as_secs_f64()]).await?;
    rows.iter()
        .map(|row| {
            let session = row::session(row)?;
            let change = Change::of(row, session.id, Kind::Updated)?;
            Ok(Archived { session, change })
        })
        .collect()
}
