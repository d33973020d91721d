//! `session_outbox`: what both sides are still to hear of sessions themselves.

use super::{
    Database, Statement,
    row::{self, get, only},
};
use crate::{
    caller::Role,
    delivery::Audience,
    error::{Cause, Error},
    id::SessionId,
    session::Session,
};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

/// See the file.
pub static SETTLE: Statement = Statement {
    name: "news/settle",
    sql: include_str!("news/settle.sql"),
    types: &[Type::INT8, Type::TEXT, Type::INT8, Type::TEXT_ARRAY, Type::FLOAT8],
};

/// See the file.
pub static TAKE: Statement = Statement {
    name: "news/take",
    sql: include_str!("news/take.sql"),
    types: &[Type::INT8, Type::FLOAT8],
};

/// See the file.
pub static PARK: Statement = Statement {
    name: "news/park",
    sql: include_str!("news/park.sql"),
    types: &[Type::INT8, Type::TEXT, Type::INT8],
};

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is new.
    Created,
    /// Its status changed.
    Updated,
    /// This side has read further.
    Read(Role),
}

impl Kind {
    /// As in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Read(Role::Customer) => "customer_read",
            Self::Read(Role::Dentist) => "dentist_read",
        }
    }

    fn parse(name: &str) -> Result<Self, Error> {
        let all =
            [Self::Created, Self::Updated, Self::Read(Role::Customer), Self::Read(Role::Dentist)];
        let unknown = || Error::Internal(Cause::new("unknown kind of news"));
        all.into_iter().find(|kind| kind.as_str() == name).ok_or_else(unknown)
    }
}

/// The record of a change that is still to be told of.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// The session.
    pub session: SessionId,
    /// What happened to it.
    pub kind: Kind,
    /// Another for each change.
    pub version: i64,
}

/// A change, and who is to hear of it.
#[derive(Debug)]
pub struct Change {
    /// Its record.
    pub record: Record,
    /// Who was online when it was committed, or is now.
    pub audience: Audience,
    /// When we knew of its commit, or took it.
    pub known_at: Instant,
}

impl Change {
    /// The change that a statement has made, if it has.
    pub(super) fn of(row: &Row, session: SessionId, kind: Kind) -> Result<Option<Self>, Error> {
        let Some(version) = get(row, "version")? else { return Ok(None) };
        Self::now(row, Record { session, kind, version }).map(Some)
    }

    fn now(row: &Row, record: Record) -> Result<Self, Error> {
        Ok(Self { record, audience: row::audience(row)?, known_at: Instant::now() })
    }
}

/// These connections have heard of a change. Returns who was online when we knew of it and has not:
/// as long as there is anyone, nothing happens.
///
/// # Errors
/// As [`Database::query`].
pub async fn settle(db: &Database, change: &Change, told: &[String]) -> Result<Audience, Error> {
    let Record { session, kind, version } = change.record;
    let since = change.known_at.elapsed().as_secs_f64();
    let parameters =
        [&session.get() as &(dyn ToSql + Sync), &kind.as_str(), &version, &told, &since];
    row::audience(&only(db.query(&SETTLE, &parameters).await?)?)
}

/// A change that was taken, and the session as it is now.
#[derive(Debug)]
pub struct Untold {
    /// The change.
    pub change: Change,
    /// When it happened.
    pub changed_at: OffsetDateTime,
    /// How long ago.
    pub age: Duration,
    /// The session.
    pub session: Session,
}

/// Takes due records, oldest first, under a lease: nobody else gets them before it runs out.
///
/// # Errors
/// As [`Database::query`]. One that cannot be understood is no error: it must not hold up others.
pub async fn take(
    db: &Database,
    limit: i64,
    lease: Duration,
) -> Result<Vec<Result<Untold, (Record, Error)>>, Error> {
    let rows = db.query(&TAKE, &[&limit, &lease.as_secs_f64()]).await?;
    rows.iter()
        .map(|row| {
            let session = get::<i64>(row, "session_id")?.into();
            let kind = Kind::parse(get(row, "kind")?)?;
            let record = Record { session, kind, version: get(row, "version")? };
            Ok(untold(row, record).map_err(|error| (record, error)))
        })
        .collect()
}

fn untold(row: &Row, record: Record) -> Result<Untold, Error> {
    let age: f64 = get(row, "age_seconds")?;
    Ok(Untold {
        change: Change::now(row, record)?,
        changed_at: get(row, "changed_at")?,
        age: Duration::try_from_secs_f64(age).unwrap_or_default(),
        session: row::session(row)?,
    })
}

/// A record is given up, for a person to look at.
///
/// # Errors
/// As [`Database::query`].
pub async fn park(db: &Database, record: Record) -> Result<(), Error> {
    let Record { session, kind, version } = record;
    db.query(&PARK, &[&session.get(), &kind.as_str(), &version]).await.map(|_| ())
}
