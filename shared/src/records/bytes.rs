//! Deleting the bytes of what the database has forgotten already.

use crate::{app::App, clock, error::Error, id::CustomerId, store::erased_objects};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::time::{Duration, Instant};

/// Rows taken by one statement.
const STEP: i64 = 100;
/// Objects deleted at once.
const AT_ONCE: usize = 8;

/// When to leave the rest to the next run.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    began: Instant,
    after: Duration,
}

impl Deadline {
    /// So long from now.
    #[must_use]
    pub fn after(after: Duration) -> Self {
        Self { began: clock::instant(), after }
    }

    /// Whether time is over.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.began.elapsed() > self.after
    }
}

/// Deletes every version of what is to be deleted, of one customer or of all. Tells whether nothing is left.
///
/// # Errors
/// [`Error::Unavailable`]; what was not deleted stays to be.
pub async fn delete_bytes(
    app: &App,
    customer: Option<CustomerId>,
    deadline: Deadline,
) -> Result<bool, Error> {
    let mut after = 0;
    loop {
        let objects = erased_objects::next(&app.db, customer, after, STEP).await?;
        let Some(last) = objects.last() else { return Ok(true) };
        after = last.id;
        let deleted = stream::iter(&objects)
            .map(async |object| app.vault.erase(object.in_records, &object.prefix).await)
            .buffer_unordered(AT_ONCE);
        deleted.try_collect::<()>().await?;
        let rows: Vec<i64> = objects.iter().map(|object| object.id).collect();
        erased_objects::done(&app.db, &rows).await?;
        if deadline.is_over() {
            return Ok(false);
        }
    }
}
