//! `erasures`: what was erased, and what is left to erase.

use super::{
    database::Database,
    keeping::{self, Standing},
    row::{at_most_one, get, only},
    statement::statement,
};
use crate::{
    error::{Cause, Error},
    id::{CustomerId, SessionId},
};
use std::time::Duration;
use time::OffsetDateTime;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

statement!(rare EARLIER = "erasures/earlier"(INT8, TEXT));
statement!(rare KNOWN = "erasures/known"(UUID));
statement!(rare BEGIN = "erasures/begin"(INT8, TEXT, UUID, FLOAT8, TIMESTAMPTZ));
statement!(rare NEXT_SESSION = "erasures/next_session"(INT8, TIMESTAMPTZ));
statement!(rare FORGET_PEOPLE = "erasures/forget_people"(INT8, TIMESTAMPTZ, INT8));
statement!(rare FINISH = "erasures/finish"(UUID));
statement!(rare SEAL = "erasures/seal"(UUID));

/// How long nobody else works on the records after a step of an erasure.
pub const LEASE: Duration = Duration::from_mins(2);

/// An erasure: in the end its tombstone.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// Its id.
    pub id: Uuid,
    /// Whose records.
    pub customer: CustomerId,
    /// What it is known by outside.
    pub reference: String,
    /// What was begun later is not meant.
    pub begun_at: OffsetDateTime,
    /// When nothing was left.
    pub finished_at: Option<OffsetDateTime>,
    /// How much was erased.
    pub counts: Counts,
}

/// How much was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sessions.
    pub sessions: i64,
    /// Messages.
    pub messages: i64,
    /// What messages said before they were corrected or retracted.
    pub revisions: i64,
    /// Images.
    pub images: i64,
}

/// What there is of a customer before an erasure: whether anything, and an erasure that the same reference
/// names.
///
/// # Errors
/// As [`Database::query`].
pub async fn earlier(
    db: &Database,
    customer: CustomerId,
    reference: &str,
) -> Result<(bool, Option<Erasure>), Error> {
    let row = only(db.query(&EARLIER, &[&customer.get(), &reference]).await?)?;
    Ok((get(&row, "has_records")?, erasure(&row)?))
}

/// Whether this erasure was finished in this database.
///
/// # Errors
/// As [`Database::query`].
pub async fn is_sealed(db: &Database, id: Uuid) -> Result<bool, Error> {
    get(&only(db.query(&KNOWN, &[&id]).await?)?, "is_sealed")
}

/// An erasure that is asked for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The id, if it becomes a new one.
    pub id: Uuid,
    /// Whose records.
    pub customer: CustomerId,
    /// What it is known by outside.
    pub reference: &'a str,
    /// When it was begun, if it is applied again.
    pub begun_at: Option<OffsetDateTime>,
}

/// Begins an erasure, or goes on with the one that was begun: none unless the records are free.
///
/// # Errors
/// As [`Database::query`].
pub async fn begin(
    db: &Database,
    wanted: &Wanted<'_>,
) -> Result<(Standing, Option<Erasure>), Error> {
    let lease = LEASE.as_secs_f64();
    let parameters = [
        &wanted.customer.get() as &(dyn ToSql + Sync),
        &wanted.reference,
        &wanted.id,
        &lease,
        &wanted.begun_at,
    ];
    let row = only(db.query(&BEGIN, &parameters).await?)?;
    Ok((keeping::standing(&row)?, erasure(&row)?))
}

/// A session that is still to be removed.
///
/// # Errors
/// As [`Database::query`].
pub async fn next_session(db: &Database, of: &Erasure) -> Result<Option<SessionId>, Error> {
    let rows = db.query(&NEXT_SESSION, &[&of.customer.get(), &of.begun_at]).await?;
    at_most_one(&rows)?.map(|row| get::<i64>(row, "session_id").map(Into::into)).transpose()
}

/// Forgets the customer's phone, and says which connections are to be closed, up to `limit`.
///
/// # Errors
/// As [`Database::query`].
pub async fn forget_people(
    db: &Database,
    of: &Erasure,
    limit: i64,
) -> Result<(Standing, Vec<String>), Error> {
    let row = only(db.query(&FORGET_PEOPLE, &[&of.customer.get(), &of.begun_at, &limit]).await?)?;
    Ok((keeping::standing(&row)?, get(&row, "connections")?))
}

/// Finishes an erasure; none when something is left.
///
/// # Errors
/// As [`Database::query`].
pub async fn finish(db: &Database, id: Uuid) -> Result<Option<Erasure>, Error> {
    let rows = db.query(&FINISH, &[&id]).await?;
    at_most_one(&rows)?.map_or(Ok(None), erasure)
}

/// The tombstone is in the records bucket.
///
/// # Errors
/// As [`Database::query`].
pub async fn seal(db: &Database, id: Uuid) -> Result<(), Error> {
    db.query(&SEAL, &[&id]).await.map(|_| ())
}

fn erasure(row: &Row) -> Result<Option<Erasure>, Error> {
    let Some(id) = get::<Option<Uuid>>(row, "erasure_id")? else { return Ok(None) };
    let missing = || Error::Internal(Cause::new("an erasure has no customer"));
    Ok(Some(Erasure {
        id,
        customer: get::<Option<i64>>(row, "customer_id")?.ok_or_else(missing)?.into(),
        reference: get(row, "reference")?,
        begun_at: get(row, "begun_at")?,
        finished_at: get(row, "finished_at")?,
        counts: Counts {
            sessions: get(row, "sessions")?,
            messages: get(row, "messages")?,
            revisions: get(row, "revisions")?,
            images: get(row, "images")?,
        },
    }))
}
