//! `chat_sessions`.

use super::{
    database::Database,
    outbox::{Change, FIRST_LEASE, FrameRow},
    row::{self, get, only},
    statement::statement,
};
use crate::{
    caller::Caller,
    error::Error,
    id::{CustomerId, DentistId, SessionId},
    message::Pace,
    session::{Session, Status},
};
use time::OffsetDateTime;
use tokio_postgres::types::ToSql;

statement!(GET = "sessions/get"(INT8, TEXT, INT8));
statement!(LIST = "sessions/list"(TEXT, INT8, TEXT, TIMESTAMPTZ, INT8, INT8));
statement!(FIND_PAIR = "sessions/find_pair"(INT8, INT8));
statement!(CREATE = "sessions/create"(INT8, INT8, FLOAT8, TEXT, TEXT));
statement!(MAY_UPLOAD = "sessions/may_upload"(INT8, TEXT, INT8, INT8, FLOAT8));
statement!(UPDATE = "sessions/update"(INT8, TEXT, INT8, TEXT, FLOAT8, TEXT));
statement!(
    ARCHIVE_IDLE = "sessions/archive_idle"(INT4, INT8, FLOAT8, INT8, TIMESTAMPTZ, INT8, INT8)
);

/// How often a step of archiving goes on, to another session or to another dentist.
const LONGEST_WALK: i64 = 2_000;

/// Notes that the caller is about to upload an image for this session, which counts as a send.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's; [`Error::SessionArchived`];
/// [`Error::RateLimited`].
pub async fn may_upload(
    db: &Database,
    caller: Caller,
    id: SessionId,
    pace: Pace,
) -> Result<(), Error> {
    let (role, window) = (caller.role().as_str(), pace.window.as_secs_f64());
    let parameters =
        [&id.get() as &(dyn ToSql + Sync), &role, &caller.id(), &i64::from(pace.burst), &window];
    let rows = db.query_as(caller, &MAY_UPLOAD, &parameters).await?;
    let row = row::at_most_one(&rows)?.ok_or(Error::SessionNotFound)?;
    if row::status(row)? == Status::Archived {
        return Err(Error::SessionArchived);
    }
    if get(row, "is_limited")? {
        return Err(Error::RateLimited(get::<i64>(row, "retry_after")?.unsigned_abs()));
    }
    Ok(())
}

/// One of the caller's sessions.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's.
pub async fn get_one(db: &Database, caller: Caller, id: SessionId) -> Result<Session, Error> {
    let rows =
        db.query_as(caller, &GET, &[&id.get(), &caller.role().as_str(), &caller.id()]).await?;
    row::at_most_one(&rows)?.map_or(Err(Error::SessionNotFound), row::session)
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
/// As [`Database::query_as`].
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
    let rows = db
        .query_as(caller, &LIST, &[&role, &caller.id(), &status, &updated_at, &id, &limit])
        .await?;
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

/// Looks a pair up for the caller.
///
/// # Errors
/// As [`Database::query_as`].
pub async fn find_pair(
    db: &Database,
    caller: Caller,
    customer: CustomerId,
    dentist: DentistId,
) -> Result<Pair, Error> {
    let row = only(db.query_as(caller, &FIND_PAIR, &[&customer.get(), &dentist.get()]).await?)?;
    let has_active = get::<Option<i64>>(&row, "session_id")?.is_some();
    Ok(Pair {
        acquainted: get(&row, "acquainted")?,
        active: if has_active { Some(row::session(&row)?) } else { None },
    })
}

/// The pair's active session, and the row that owes its frames: none when it existed. The connection
/// that the caller names as their own, if it is, gets no frame.
///
/// # Errors
/// As [`Database::query_as`].
pub async fn create(
    db: &Database,
    caller: Caller,
    customer: CustomerId,
    dentist: DentistId,
    connection: Option<&str>,
) -> Result<(Session, Option<FrameRow>), Error> {
    let (lease, role) = (FIRST_LEASE.as_secs_f64(), caller.role().as_str());
    let parameters =
        [&customer.get() as &(dyn ToSql + Sync), &dentist.get(), &lease, &role, &connection];
    let row = only(db.query_as(caller, &CREATE, &parameters).await?)?;
    let session = row::session(&row)?;
    let frames = FrameRow::written(&row, session.id, Change::Created)?;
    Ok((session, frames))
}

/// Gives one of the caller's sessions this status; only dentists may. Returns the session as it is
/// now, and the row that owes the change's frames: none when it had that status. The connection that
/// the caller names as their own, if it is, gets no frame.
///
/// # Errors
/// [`Error::SessionNotFound`], [`Error::Forbidden`], [`Error::ActiveSessionExists`].
pub async fn update(
    db: &Database,
    caller: Caller,
    id: SessionId,
    status: Status,
    connection: Option<&str>,
) -> Result<(Session, Option<FrameRow>), Error> {
    let (role, lease) = (caller.role().as_str(), FIRST_LEASE.as_secs_f64());
    let parameters = [
        &id.get() as &(dyn ToSql + Sync),
        &role,
        &caller.id(),
        &status.as_str(),
        &lease,
        &connection,
    ];
    let row = only(db.query_as(caller, &UPDATE, &parameters).await?)?;
    match get(&row, "verdict")? {
        "not_found" => Err(Error::SessionNotFound),
        "forbidden" => Err(Error::Forbidden),
        "conflict" => Err(Error::ActiveSessionExists),
        _ => Ok((row::session(&row)?, FrameRow::written(&row, id, Change::Updated)?)),
    }
}

/// One step of archiving by age.
#[derive(Debug)]
pub struct ArchivedStep {
    /// The sessions that were archived, and the rows that owe their frames.
    pub archived: Vec<(Session, FrameRow)>,
    /// Where the next step goes on; none when all were looked at.
    pub next: Option<ArchivedUpTo>,
}

/// Where a step of archiving has ended: behind a session of a dentist's, or before all of theirs.
#[derive(Clone, Copy, Debug)]
pub struct ArchivedUpTo {
    dentist: i64,
    after: Option<Position>,
}

/// Looks at up to `limit` active sessions in which nothing has happened for so many days, from there on,
/// and archives those in which nobody waits for an answer.
///
/// # Errors
/// As [`Database::query`].
pub async fn archive_idle(
    db: &Database,
    days: i32,
    limit: i64,
    from: Option<ArchivedUpTo>,
) -> Result<ArchivedStep, Error> {
    let lease = FIRST_LEASE.as_secs_f64();
    let dentist = from.map(|from| from.dentist);
    let after = from.and_then(|from| from.after);
    let updated_at = after.map(|after| after.updated_at);
    let session = after.map(|after| after.id.get());
    let parameters = [
        &days as &(dyn ToSql + Sync),
        &limit,
        &lease,
        &dentist,
        &updated_at,
        &session,
        &LONGEST_WALK,
    ];
    let rows = db.query(&ARCHIVE_IDLE, &parameters).await?;
    let mut step = ArchivedStep { archived: Vec::new(), next: None };
    let Some(first) = rows.first() else { return Ok(step) };
    if get(first, "goes_on")? {
        let updated_at: Option<OffsetDateTime> = get(first, "last_updated_at")?;
        let id = get::<i64>(first, "last_id")?.into();
        step.next = Some(ArchivedUpTo {
            dentist: get(first, "last_dentist_id")?,
            after: updated_at.map(|updated_at| Position { updated_at, id }),
        });
    }
    for row in &rows {
        if get::<Option<i64>>(row, "session_id")?.is_none() {
            continue;
        }
        let session = row::session(row)?;
        if let Some(frames) = FrameRow::written(row, session.id, Change::Updated)? {
            step.archived.push((session, frames));
        }
    }
    Ok(step)
}
