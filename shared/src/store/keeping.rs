//! `record_keeping`: the lock under which a customer's records are held, handed over, erased or let expire.

use super::row::get;
use crate::error::Error;
use tokio_postgres::Row;

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
