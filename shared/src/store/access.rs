//! Who had access to records, as far as the database knows: who read a page is in the audit log.

use super::{database::Database, row::get, statement::statement, subject::Subject};
use crate::{error::Error, id::SessionId};
use time::OffsetDateTime;
use tokio_postgres::types::ToSql;

statement!(rare OPERATORS = "access/operators"(INT8, INT8, TIMESTAMPTZ, TIMESTAMPTZ, INT8));
statement!(rare CREATED = "access/created"(INT8, INT8, INT8, INT8));
statement!(rare SESSION = "access/session"(INT8, INT8, INT8, TIMESTAMPTZ, TIMESTAMPTZ));

/// A span of time: from this, until before that.
pub type Span = (OffsetDateTime, OffsetDateTime);

/// Something that an operator did.
#[derive(Debug)]
pub struct OperatorAct {
    /// When.
    pub at: OffsetDateTime,
    /// What.
    pub act: String,
    /// With whose records.
    pub customer: i64,
    /// With which session's only.
    pub session: Option<i64>,
    /// What it is known by outside.
    pub reference: Option<String>,
}

/// What operators did, the oldest `limit`.
///
/// # Errors
/// As [`Database::query`].
pub async fn operators(
    db: &Database,
    subject: Subject,
    (from, until): Span,
    limit: i64,
) -> Result<Vec<OperatorAct>, Error> {
    let (customer, session) = subject.ids();
    let parameters = [&customer as &(dyn ToSql + Sync), &session, &from, &until, &limit];
    let rows = db.query(&OPERATORS, &parameters).await?;
    let act = |row| {
        Ok(OperatorAct {
            at: get(row, "at")?,
            act: get(row, "act")?,
            customer: get(row, "customer_id")?,
            session: get(row, "session_id")?,
            reference: get(row, "reference")?,
        })
    };
    rows.iter().map(act).collect()
}

/// A session that somebody asks about.
#[derive(Clone, Copy, Debug)]
pub struct Created {
    /// The session.
    pub session: SessionId,
    /// Its customer.
    pub customer: i64,
    /// Its dentist.
    pub dentist: i64,
    /// When it was created.
    pub at: OffsetDateTime,
}

/// A page of the sessions of a subject, after this one.
///
/// # Errors
/// As [`Database::query`].
pub async fn created(
    db: &Database,
    subject: Subject,
    after: i64,
    limit: i64,
) -> Result<Vec<Created>, Error> {
    let (customer, session) = subject.ids();
    let rows = db.query(&CREATED, &[&customer, &session, &after, &limit]).await?;
    let created = |row| {
        let session = get::<i64>(row, "session_id")?.into();
        let (customer, dentist) = (get(row, "customer_id")?, get(row, "dentist_id")?);
        Ok(Created { session, customer, dentist, at: get(row, "created_at")? })
    };
    rows.iter().map(created).collect()
}

/// What a participant did with messages.
#[derive(Debug)]
pub struct ParticipantAct {
    /// When, or when first.
    pub at: OffsetDateTime,
    /// `wrote` or `read`.
    pub act: String,
    /// Which side.
    pub side: String,
    /// The first message, by seq …
    pub first_seq: i64,
    /// … and the last.
    pub last_seq: i64,
    /// How many they were.
    pub messages: i64,
}

/// Who wrote and read in a page of a session's messages after this seq, and the last seq of the page: none
/// when there is none.
///
/// # Errors
/// As [`Database::query`].
pub async fn in_session(
    db: &Database,
    session: SessionId,
    after: i64,
    limit: i64,
    (from, until): Span,
) -> Result<(Option<i64>, Vec<ParticipantAct>), Error> {
    let parameters = [&session.get() as &(dyn ToSql + Sync), &after, &limit, &from, &until];
    let rows = db.query(&SESSION, &parameters).await?;
    let end = rows.first().map(|row| get::<Option<i64>>(row, "page_end")).transpose()?.flatten();
    let mut acts = Vec::new();
    for row in &rows {
        let Some(at) = get::<Option<OffsetDateTime>>(row, "at")? else { continue };
        acts.push(ParticipantAct {
            at,
            act: get(row, "act")?,
            side: get(row, "side")?,
            first_seq: get(row, "first_seq")?,
            last_seq: get(row, "last_seq")?,
            messages: get(row, "messages")?,
        });
    }
    Ok((end, acts))
}
