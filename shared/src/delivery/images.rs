//! Keeping a message's images, which the bucket would delete with all uploads that no message took.

use super::outcome::Outcome;
use crate::{
    app::App,
    error::Error,
    store::outbox::{self, Lease},
};

/// A row that owes keeping images, and which.
#[derive(Debug)]
pub struct Images {
    lease: Lease,
    keys: Vec<String>,
}

impl Images {
    /// The images under these keys.
    #[must_use]
    pub fn new(lease: Lease, keys: Vec<String>) -> Self {
        Self { lease, keys }
    }

    /// Keeps them, and settles the row.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the row stays.
    pub async fn attempt(&self, app: &App) -> Result<Outcome, Error> {
        app.bucket.keep(&self.keys).await?;
        outbox::settle(&app.db, &self.lease).await?;
        Ok(Outcome::Settled)
    }
}
