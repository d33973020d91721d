//! `outbox`: what is owed for committed changes, one row for each thing.
//!
//! A row is written with its change. Whoever has its lease does the work, then settles it, postpones it
//! or parks it: the invocation that made the change first, and when its lease has run out `redeliver`,
//! which takes due rows.

mod overview;
mod row;

pub use overview::{PARKED, Parked, RING, STATE, State, UNPARK, parked, ring, state, unpark};
pub use row::{Change, FIRST_LEASE, Lease, READ_WITHIN, Work};

use super::{
    database::Database,
    row::{self as columns, get, only},
    statement::statement,
};
use crate::{
    audience::Audience,
    clock,
    error::{Cause, Error},
    id::{CustomerId, MessageId, SessionId},
    session::Session,
};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio_postgres::{Row, types::ToSql};

statement!(TAKE = "outbox/take"(TEXT, INT8, FLOAT8));
statement!(SETTLE = "outbox/settle"(INT8, TEXT, INT8, TEXT, INT8, TEXT_ARRAY, FLOAT8));
statement!(POSTPONE = "outbox/postpone"(INT8, TEXT, INT8, TEXT, INT8, FLOAT8));
statement!(rare PARK = "outbox/park" (INT8, TEXT, INT8, TEXT, INT8));
statement!(PUSH_FACTS = "outbox/push_facts"(INT8, INT8));

/// A row that owes frames, and who is to get them.
#[derive(Debug)]
pub struct FrameRow {
    /// The right to work on it.
    pub lease: Lease,
    /// Who was online when the change was made, or is now.
    pub audience: Audience,
    /// The connection that made the change: it hears nothing of it.
    pub origin: Option<String>,
    /// When we knew of the change's commit, or took the row.
    pub known_at: Instant,
}

impl FrameRow {
    /// The row that a statement has written, if it has.
    pub(super) fn written(
        row: &Row,
        session: SessionId,
        change: Change,
    ) -> Result<Option<Self>, Error> {
        Self::written_as(row, "version", session, change)
    }

    /// The same, where that column has its version.
    pub(super) fn written_as(
        row: &Row,
        column: &'static str,
        session: SessionId,
        change: Change,
    ) -> Result<Option<Self>, Error> {
        let Some(version) = get(row, column)? else { return Ok(None) };
        Self::of(row, Lease { session, change, work: Work::Frames, version }).map(Some)
    }

    fn of(row: &Row, lease: Lease) -> Result<Self, Error> {
        let (audience, origin) = (columns::audience(row)?, get(row, "origin")?);
        Ok(Self { lease, audience, origin, known_at: clock::instant() })
    }
}

/// A row that was taken, and the session as it is now.
#[derive(Debug)]
pub struct Taken {
    /// The row; nobody is in its audience unless the work is frames.
    pub row: FrameRow,
    /// How often it was taken, this time included.
    pub attempts: i32,
    /// When the change was made …
    pub changed_at: OffsetDateTime,
    /// … and how long ago that is.
    pub age: Duration,
    /// The session. For a change of a message, its last message is that one.
    pub session: Session,
    /// The images that the message had before it was retracted.
    pub retracted_images: Vec<String>,
}

/// A row that cannot be understood, and why.
#[derive(Debug)]
pub struct Bad {
    /// The right to park it.
    pub lease: Lease,
    /// What is wrong with it.
    pub error: Error,
}

/// Takes due rows of one kind of work, oldest first: nobody else gets them until the lease runs out.
///
/// # Errors
/// As [`Database::query`]. A row that cannot be understood is no error: it must not hold up others.
pub async fn take(
    db: &Database,
    work: Work,
    limit: i64,
    lease_for: Duration,
) -> Result<Vec<Result<Taken, Bad>>, Error> {
    let rows = db.query(&TAKE, &[&work.name(), &limit, &lease_for.as_secs_f64()]).await?;
    rows.iter()
        .map(|row| {
            let session = get::<i64>(row, "row_session_id")?.into();
            let change = Change::parse(get(row, "change")?, get(row, "row_seq")?)?;
            let lease = Lease { session, change, work, version: get(row, "version")? };
            Ok(taken(row, lease).map_err(|error| Bad { lease, error }))
        })
        .collect()
}

fn taken(row: &Row, lease: Lease) -> Result<Taken, Error> {
    let age: f64 = get(row, "age_seconds")?;
    let session = columns::session(row)?;
    let is_of_message = matches!(lease.change, Change::Message(_) | Change::MessageUpdated(_));
    if is_of_message && session.last_message.is_none() {
        return Err(Error::Internal(Cause::new("an outbox row's message is missing")));
    }
    Ok(Taken {
        row: FrameRow::of(row, lease)?,
        attempts: get(row, "attempts")?,
        changed_at: get(row, "changed_at")?,
        age: Duration::try_from_secs_f64(age).unwrap_or_default(),
        session,
        retracted_images: get(row, "retracted_images")?,
    })
}

/// The work is done, and the row goes.
///
/// # Errors
/// As [`Database::query`].
pub async fn settle(db: &Database, lease: &Lease) -> Result<(), Error> {
    settle_row(db, lease, None).await.map(|_| ())
}

/// The frames went to these connections, and the row goes; unless somebody is late, online since the
/// snapshot of the statement that made the change and before `known_at`, when its commit was known.
/// They are returned.
///
/// # Errors
/// As [`Database::query`].
pub async fn settle_frames(
    db: &Database,
    lease: &Lease,
    served: &[String],
    known_at: Instant,
) -> Result<Audience, Error> {
    settle_row(db, lease, Some((served, known_at))).await
}

async fn settle_row(
    db: &Database,
    lease: &Lease,
    frames: Option<(&[String], Instant)>,
) -> Result<Audience, Error> {
    let served = frames.map(|(served, _)| served);
    let since = frames.map(|(_, known_at)| known_at.elapsed().as_secs_f64());
    with_lease(db, &SETTLE, lease, &[&served, &since])
        .await
        .and_then(|rows| columns::audience(&only(rows)?))
}

/// The row is due again after this delay.
///
/// # Errors
/// As [`Database::query`].
pub async fn postpone(db: &Database, lease: &Lease, delay: Duration) -> Result<(), Error> {
    with_lease(db, &POSTPONE, lease, &[&delay.as_secs_f64()]).await.map(|_| ())
}

/// The row is given up, for a person to look at.
///
/// # Errors
/// As [`Database::query`].
pub async fn park(db: &Database, lease: &Lease) -> Result<(), Error> {
    with_lease(db, &PARK, lease, &[]).await.map(|_| ())
}

async fn with_lease(
    db: &Database,
    statement: &'static super::Statement,
    lease: &Lease,
    rest: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Error> {
    let (session, change) = (lease.session.get(), lease.change.name());
    let (seq, work) = (lease.change.seq(), lease.work.name());
    let mut parameters: Vec<&(dyn ToSql + Sync)> =
        vec![&session, &change, &seq, &work, &lease.version];
    parameters.extend(rest);
    db.query(statement, &parameters).await
}

/// What a push for a message is made from.
#[derive(Debug)]
pub struct PushFacts {
    /// The message.
    pub message: MessageId,
    /// Whether the customer has read it.
    pub is_read: bool,
    /// Whose phone.
    pub customer_id: CustomerId,
    /// The phone and when it was registered; none if the customer has none.
    pub player: Option<(String, OffsetDateTime)>,
    /// The customer's unread messages in active sessions.
    pub badge: i64,
}

/// Looks up what a push for this message is made from, as things stand now; nothing if the message
/// was retracted or is not there any more.
///
/// # Errors
/// As [`Database::query`].
pub async fn push_facts(
    db: &Database,
    session: SessionId,
    seq: i64,
) -> Result<Option<PushFacts>, Error> {
    let rows = db.query(&PUSH_FACTS, &[&session.get(), &seq]).await?;
    let Some(row) = columns::at_most_one(&rows)? else { return Ok(None) };
    let player: Option<String> = get(row, "onesignal_player_id")?;
    Ok(Some(PushFacts {
        message: get::<i64>(row, "message_id")?.into(),
        is_read: get(row, "is_read")?,
        customer_id: get::<i64>(row, "customer_id")?.into(),
        player: player.zip(get(row, "registered_at")?),
        badge: get(row, "badge")?,
    }))
}
