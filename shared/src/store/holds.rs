//! `holds`: while one stands, nothing of what it is about is erased or expires.

use super::{
    database::Database,
    row::{at_most_one, get},
    statement::statement,
    subject::Subject,
};
use crate::{
    error::Error,
    id::{CustomerId, SessionId},
};
use time::OffsetDateTime;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

statement!(rare PLACE = "holds/place"(INT8, INT8, TEXT, TEXT, UUID, TIMESTAMPTZ));
statement!(rare LIFT = "holds/lift"(INT8, INT8, TEXT, TEXT, UUID));
statement!(rare LIFTED = "holds/lifted"(INT8, INT8, TEXT));
statement!(rare STANDING = "holds/standing"(INT8, INT8));

/// Holds that are listed at most.
const MOST_LISTED: i64 = 100;

/// A hold.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Its id.
    pub id: Uuid,
    /// Whose records.
    pub customer: CustomerId,
    /// Only those of this session, if one is named.
    pub session: Option<SessionId>,
    /// Why.
    pub reason: String,
    /// What it is known by outside: with the subject, its name.
    pub reference: String,
    /// Since when.
    pub placed_at: OffsetDateTime,
    /// When and why it was lifted.
    pub lifted: Option<(OffsetDateTime, String)>,
}

/// What became of a hold that was asked for.
#[derive(Debug)]
pub struct Placed {
    /// The hold.
    pub hold: Hold,
    /// Whether it is a new one.
    pub is_new: bool,
    /// Whether an erasure had been begun, which stops here.
    pub erasure_begun: bool,
}

/// A hold that is asked for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The id, if it becomes a new one.
    pub id: Uuid,
    /// Of what.
    pub subject: Subject,
    /// Why.
    pub reason: &'a str,
    /// What it is known by outside.
    pub reference: &'a str,
    /// When it was placed, if it is placed again.
    pub placed_at: Option<OffsetDateTime>,
}

/// Places a hold; none when there is no such session, or the hold of that id was lifted.
///
/// # Errors
/// As [`Database::query`].
pub async fn place(db: &Database, wanted: &Wanted<'_>) -> Result<Option<Placed>, Error> {
    let (customer, session) = wanted.subject.ids();
    let parameters = [
        &customer as &(dyn ToSql + Sync),
        &session,
        &wanted.reason,
        &wanted.reference,
        &wanted.id,
        &wanted.placed_at,
    ];
    let rows = db.query(&PLACE, &parameters).await?;
    let Some(row) = at_most_one(&rows)? else { return Ok(None) };
    let (is_new, erasure_begun) = (get(row, "is_new")?, get(row, "erasure_begun")?);
    Ok(Some(Placed { hold: hold(row)?, is_new, erasure_begun }))
}

/// Lifts a hold, the one of this id if one is named; none when no such hold stands.
///
/// # Errors
/// As [`Database::query`].
pub async fn lift(
    db: &Database,
    subject: Subject,
    reference: &str,
    reason: &str,
    only: Option<Uuid>,
) -> Result<Option<Hold>, Error> {
    let (customer, session) = subject.ids();
    let rows = db.query(&LIFT, &[&customer, &session, &reference, &reason, &only]).await?;
    at_most_one(&rows)?.map(hold).transpose()
}

/// The hold of this name that was lifted last; none when none ever was.
///
/// # Errors
/// As [`Database::query`].
pub async fn lifted(
    db: &Database,
    subject: Subject,
    reference: &str,
) -> Result<Option<Hold>, Error> {
    let (customer, session) = subject.ids();
    let rows = db.query(&LIFTED, &[&customer, &session, &reference]).await?;
    at_most_one(&rows)?.map(hold).transpose()
}

/// The holds that stand on a customer's records or on a session of theirs, the oldest hundred.
///
/// # Errors
/// As [`Database::query`].
pub async fn standing(db: &Database, customer: CustomerId) -> Result<Vec<Hold>, Error> {
    let rows = db.query(&STANDING, &[&customer.get(), &MOST_LISTED]).await?;
    rows.iter().map(hold).collect()
}

fn hold(row: &Row) -> Result<Hold, Error> {
    let lifted_at: Option<OffsetDateTime> = get(row, "lifted_at")?;
    let lift_reason: Option<String> = get(row, "lift_reason")?;
    Ok(Hold {
        id: get(row, "hold_id")?,
        customer: get::<i64>(row, "customer_id")?.into(),
        session: get::<Option<i64>>(row, "session_id")?.map(Into::into),
        reason: get(row, "reason")?,
        reference: get(row, "reference")?,
        placed_at: get(row, "placed_at")?,
        lifted: lifted_at.zip(lift_reason),
    })
}
