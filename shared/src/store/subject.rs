//! Whose records something is about, and the sessions among them.

use super::{database::Database, row::get, statement::statement};
use crate::{
    error::Error,
    id::{CustomerId, DentistId, SessionId},
};
use tokio_postgres::Row;

statement!(rare SESSIONS = "sessions/of_customer"(INT8, INT8, INT8, INT8));

/// Whose records something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Everything of a customer's.
    Customer(CustomerId),
    /// One session.
    Session(SessionId),
}

impl Subject {
    pub(super) fn ids(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Customer(customer) => (Some(customer.get()), None),
            Self::Session(session) => (None, Some(session.get())),
        }
    }
}

/// A session of a subject's.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// The session.
    pub id: SessionId,
    /// Whose.
    pub customer: CustomerId,
    /// With whom.
    pub dentist: DentistId,
    /// The oldest message that is there.
    pub first_seq: i64,
    /// The newest.
    pub last_seq: i64,
}

/// A page of the sessions that a subject has, after this one.
///
/// # Errors
/// As [`Database::query`].
pub async fn sessions(
    db: &Database,
    subject: Subject,
    after: i64,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    let (customer, session) = subject.ids();
    let rows = db.query(&SESSIONS, &[&customer, &session, &after, &limit]).await?;
    rows.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<Listed, Error> {
    Ok(Listed {
        id: get::<i64>(row, "session_id")?.into(),
        customer: get::<i64>(row, "customer_id")?.into(),
        dentist: get::<i64>(row, "dentist_id")?.into(),
        first_seq: get(row, "first_seq")?,
        last_seq: get(row, "last_seq")?,
    })
}
