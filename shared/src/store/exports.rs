//! `exports`, and reading what is handed over: the statements say it as `records.json` has it.

use super::{
    database::Database,
    row::{at_most_one, get, only},
    statement::statement,
    subject::Subject,
};
use crate::{
    error::Error,
    id::{CustomerId, SessionId},
};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

statement!(rare BEGIN = "exports/begin"(INT8, INT8, UUID, TEXT, FLOAT8));
statement!(rare GO_ON = "exports/go_on"(UUID, TEXT, FLOAT8));
statement!(rare FINISH = "exports/finish"(UUID, TEXT, TEXT, TEXT));
statement!(rare CUSTOMER = "exports/customer"(INT8));
statement!(rare SESSION = "exports/session"(INT8));
statement!(MESSAGES = "exports/messages"(INT8, INT8, TIMESTAMPTZ, INT8));

/// What became of an export that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// There is no such session.
    NoSession,
    /// Another job works on the records.
    Busy,
    /// It is this one: a new one, or one that was begun before.
    Export {
        /// Its id.
        id: Uuid,
        /// Whose records.
        customer: CustomerId,
        /// What comes later is not in it.
        begun_at: OffsetDateTime,
    },
}

/// Begins an export, or finds the one that was begun. Nobody else works on the records for this long.
///
/// # Errors
/// As [`Database::query`].
pub async fn begin(
    db: &Database,
    subject: Subject,
    id: Uuid,
    job: &str,
    time: Duration,
) -> Result<Begun, Error> {
    let (customer, session) = subject.ids();
    let time = time.as_secs_f64();
    let row = only(db.query(&BEGIN, &[&customer, &session, &id, &job, &time]).await?)?;
    let Some(customer) = get::<Option<i64>>(&row, "customer_id")? else {
        return Ok(Begun::NoSession);
    };
    let Some(id) = get::<Option<Uuid>>(&row, "export_id")? else { return Ok(Begun::Busy) };
    Ok(Begun::Export { id, customer: customer.into(), begun_at: get(&row, "begun_at")? })
}

/// An export goes on, and nobody else works on the records for this long. Tells whether it does: not when it is
/// whole, or was begun anew, or another job has them.
///
/// # Errors
/// As [`Database::query`].
pub async fn go_on(db: &Database, id: Uuid, job: &str, time: Duration) -> Result<bool, Error> {
    let rows = db.query(&GO_ON, &[&id, &job, &time.as_secs_f64()]).await?;
    Ok(!rows.is_empty())
}

/// An export is whole, under this key and with this SHA-256; nothing happens to one that was already.
///
/// # Errors
/// As [`Database::query`].
pub async fn finish(
    db: &Database,
    id: Uuid,
    key: &str,
    sha256: &str,
    job: &str,
) -> Result<(), Error> {
    db.query(&FINISH, &[&id, &key, &sha256, &job]).await.map(|_| ())
}

/// The customer's phone, as JSON; none if there is none.
///
/// # Errors
/// As [`Database::query`].
pub async fn mapping(db: &Database, customer: CustomerId) -> Result<Option<String>, Error> {
    let row = only(db.query(&CUSTOMER, &[&customer.get()]).await?)?;
    get(&row, "notification_mapping")
}

/// A session without its messages, as a JSON object; none if it is gone.
///
/// # Errors
/// As [`Database::query`].
pub async fn session(db: &Database, session: SessionId) -> Result<Option<String>, Error> {
    let rows = db.query(&SESSION, &[&session.get()]).await?;
    at_most_one(&rows)?.map(|row| get(row, "session")).transpose()
}

/// A message with everything that it ever said.
#[derive(Debug)]
pub struct Recorded {
    /// Its number.
    pub seq: i64,
    /// As a JSON object.
    pub json: String,
    /// When the other side read it.
    pub read_at: Option<String>,
}

/// A page of a session's messages after this seq that were sent until then.
///
/// # Errors
/// As [`Database::query`].
pub async fn messages(
    db: &Database,
    session: SessionId,
    after: i64,
    until: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Recorded>, Error> {
    let rows = db.query(&MESSAGES, &[&session.get(), &after, &until, &limit]).await?;
    let recorded = |row| {
        let (seq, json) = (get(row, "seq")?, get(row, "json")?);
        Ok(Recorded { seq, json, read_at: get(row, "read_at")? })
    };
    rows.iter().map(recorded).collect()
}
