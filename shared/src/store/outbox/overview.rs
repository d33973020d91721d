//! The outbox as a whole: waking who works on it, how it stands, what was given up.

use super::super::{
    database::Database,
    row::{get, only},
    statement::statement,
};
use crate::{error::Error, id::SessionId};
use std::time::Duration;
use time::OffsetDateTime;

statement!(RING = "outbox/ring"(INT8, INT8, FLOAT8));
statement!(STATE = "outbox/state"(FLOAT8, INT8));
statement!(rare PARKED = "outbox/parked" (INT8));
statement!(rare UNPARK = "outbox/unpark" (INT8));

/// Up to how many parked rows are counted: more is no news to anyone.
const MOST_COUNTED: i64 = 10_001;
/// How many parked rows are listed.
const MOST_LISTED: i64 = 1_000;

/// A message's push is due now. Tells whether `redeliver` is to be woken for it: many at once wake it
/// only once in `one_wake_for`; without that, nobody is to.
///
/// # Errors
/// As [`Database::query`].
pub async fn ring(
    db: &Database,
    session: SessionId,
    seq: i64,
    one_wake_for: Option<Duration>,
) -> Result<bool, Error> {
    let seconds = one_wake_for.map(|time| time.as_secs_f64());
    get(&only(db.query(&RING, &[&session.get(), &seq, &seconds]).await?)?, "wakes")
}

/// How the outbox stands.
#[derive(Debug)]
pub struct State {
    /// How long the oldest due row has been due, in seconds.
    pub age_seconds: f64,
    /// Rows given up, counted up to 10,001.
    pub parked: i64,
    /// Whether a row becomes due within the time asked about.
    pub soon_due: bool,
}

/// Looks at the outbox as a whole; `soon` is how far ahead.
///
/// # Errors
/// As [`Database::query`].
pub async fn state(db: &Database, soon: Duration) -> Result<State, Error> {
    let row = only(db.query(&STATE, &[&soon.as_secs_f64(), &MOST_COUNTED]).await?)?;
    Ok(State {
        age_seconds: get(&row, "age_seconds")?,
        parked: get(&row, "parked")?,
        soon_due: get(&row, "soon_due")?,
    })
}

/// A row that was given up.
#[derive(Debug)]
pub struct Parked {
    /// The session.
    pub session_id: SessionId,
    /// What changed in it.
    pub change: String,
    /// The message's number; 0 for a change of the session itself.
    pub seq: i64,
    /// What is owed.
    pub work: String,
    /// How often it was tried.
    pub attempts: i32,
    /// Since when it is given up.
    pub parked_at: OffsetDateTime,
}

/// The rows given up, oldest first, at most a thousand.
///
/// # Errors
/// As [`Database::query`].
pub async fn parked(db: &Database) -> Result<Vec<Parked>, Error> {
    let rows = db.query(&PARKED, &[&MOST_LISTED]).await?;
    rows.iter()
        .map(|row| {
            Ok(Parked {
                session_id: get::<i64>(row, "session_id")?.into(),
                change: get(row, "change")?,
                seq: get(row, "seq")?,
                work: get(row, "work")?,
                attempts: get(row, "attempts")?,
                parked_at: get(row, "parked_at")?,
            })
        })
        .collect()
}

/// Makes up to `limit` of the rows given up due again; tells how many.
///
/// # Errors
/// As [`Database::query`].
pub async fn unpark(db: &Database, limit: i64) -> Result<i64, Error> {
    get(&only(db.query(&UNPARK, &[&limit]).await?)?, "unparked")
}
