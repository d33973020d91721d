//! `erased_objects`: objects of which no row tells any more and whose bytes are still to be deleted.

use super::{database::Database, row::get, statement::statement};
use crate::{error::Error, id::CustomerId};

statement!(rare NEXT = "erased_objects/next"(INT8, INT8, INT8));
statement!(rare DONE = "erased_objects/done"(INT8_ARRAY));

/// Something to delete.
#[derive(Clone, Debug)]
pub struct ErasedObject {
    /// Its row.
    pub id: i64,
    /// In the bucket of the records; else in that of the images.
    pub in_records: bool,
    /// A key, or, when it ends with a slash, what all keys begin with.
    pub prefix: String,
}

/// The next of them after this one, of one customer or of all.
///
/// # Errors
/// As [`Database::query`].
pub async fn next(
    db: &Database,
    customer: Option<CustomerId>,
    after: i64,
    limit: i64,
) -> Result<Vec<ErasedObject>, Error> {
    let customer = customer.map(CustomerId::get);
    let rows = db.query(&NEXT, &[&customer, &after, &limit]).await?;
    let object = |row| {
        let (id, in_records) = (get(row, "object_id")?, get(row, "in_records")?);
        Ok(ErasedObject { id, in_records, prefix: get(row, "prefix")? })
    };
    rows.iter().map(object).collect()
}

/// The bytes of these are deleted.
///
/// # Errors
/// As [`Database::query`].
pub async fn done(db: &Database, rows: &[i64]) -> Result<(), Error> {
    db.query(&DONE, &[&rows]).await.map(|_| ())
}
