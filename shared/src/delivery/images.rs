//! A message's images in the bucket: kept, which it would delete with all uploads that no message took;
//! and served no more once the message is retracted.

use super::outcome::Outcome;
use crate::{
    app::App,
    error::Error,
    store::outbox::{self, Change, Lease},
};

/// A row that owes something to a message's images, and which they are.
#[derive(Debug)]
pub struct Images {
    lease: Lease,
    keys: Vec<String>,
}

impl Images {
    /// The images under these keys: to be kept if the message is new, to be withdrawn if it was changed.
    #[must_use]
    pub fn new(lease: Lease, keys: Vec<String>) -> Self {
        Self { lease, keys }
    }

    /// Does it, and settles the row.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the row stays.
    pub async fn attempt(&self, app: &App) -> Result<Outcome, Error> {
        match self.lease.change {
            Change::MessageUpdated(_) => app.bucket.withdraw(&self.keys).await?,
            _ => app.bucket.keep(&self.keys).await?,
        }
        outbox::settle(&app.db, &self.lease).await?;
        Ok(Outcome::Settled)
    }
}
