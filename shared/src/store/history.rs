//! `database_history`: what clients know of a database that was put back is worth nothing.

use super::{database::Database, statement::statement};
use crate::error::Error;

statement!(rare RENEW = "history/renew" ());

/// Says that this database was put back to an earlier time.
///
/// # Errors
/// As [`Database::query`].
pub async fn renew(db: &Database) -> Result<(), Error> {
    db.query(&RENEW, &[]).await.map(|_| ())
}
