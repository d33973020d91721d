//! `record_keeping`: the lock under which a customer's records are held, handed over, erased or let expire.

use super::{database::Database, row::get, statement::statement};
use crate::{error::Error, id::CustomerId};
use std::time::Duration;
use tokio_postgres::Row;

statement!(rare LEAVE = "keeping/leave"(INT8, TEXT));
statement!(rare TAKE = "keeping/take"(INT8, TEXT, FLOAT8));

/// Whether records may be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They may.
    Free,
    /// A hold stands.
    Held,
    /// Another job works on them.
    Busy,
}

/// How the records stood when a statement had their lock.
pub(super) fn standing(row: &Row) -> Result<Standing, Error> {
    Ok(if get(row, "is_held")? {
        Standing::Held
    } else if get(row, "is_busy")? {
        Standing::Busy
    } else {
        Standing::Free
    })
}

/// A job takes a customer's records for a while, or goes on having them. Tells whether it has them.
///
/// # Errors
/// As [`Database::query`].
pub async fn take(
    db: &Database,
    customer: CustomerId,
    job: &str,
    time: Duration,
) -> Result<bool, Error> {
    let rows = db.query(&TAKE, &[&customer.get(), &job, &time.as_secs_f64()]).await?;
    Ok(!rows.is_empty())
}

/// A job is done with a customer's records.
///
/// # Errors
/// As [`Database::query`].
pub async fn leave(db: &Database, customer: CustomerId, job: &str) -> Result<(), Error> {
    db.query(&LEAVE, &[&customer.get(), &job]).await.map(|_| ())
}
