//! `read_marks`: marks over so many messages that their columns follow in steps.

use super::{
    database::Database,
    row::{at_most_one, get},
    statement::statement,
};
use crate::error::Error;

statement!(CATCH_UP = "read_marks/catch_up"(INT8));

/// Takes one step of up to `limit` messages. Tells whether there was anything to do.
///
/// # Errors
/// As [`Database::query`].
pub async fn catch_up(db: &Database, limit: i64) -> Result<bool, Error> {
    let rows = db.query(&CATCH_UP, &[&limit]).await?;
    let looked_at = at_most_one(&rows)?.map(|row| get::<i64>(row, "looked_at")).transpose()?;
    Ok(looked_at.is_some())
}
