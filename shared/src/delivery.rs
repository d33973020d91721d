//! After a commit: what outbox rows owe is attempted, and each row settled or left for later.
//!
//! The invocation that made a change does it after its answer: a [`Delivery`]. Where that did not happen,
//! or not to the end, the row's lease runs out, and `redeliver` takes it and makes the same attempts.

mod frames;
mod images;
mod outcome;
mod send;

pub use frames::{Frames, IfDropped};
pub use images::Images;
pub use outcome::Outcome;
pub use send::send;

use crate::{
    app::App, error::Error, fail_point, log, message::MessageView, store::messages::Stored,
};

/// What is owed for a change that was just committed.
#[derive(Debug)]
pub struct Delivery {
    frames: Frames,
    images: Option<Images>,
}

impl From<Frames> for Delivery {
    fn from(frames: Frames) -> Self {
        Self { frames, images: None }
    }
}

impl Delivery {
    /// What is owed for a message: its frames, and keeping its images.
    ///
    /// # Errors
    /// As [`Frames::of_message`].
    pub fn of_message(stored: Stored, shown: &MessageView) -> Result<Self, Error> {
        let images = stored.images.map(|lease| Images::new(lease, stored.message.image_urls));
        let frames = Frames::of_message(stored.frames, shown, stored.owes_push)?;
        Ok(Self { frames, images })
    }

    /// Does it, each part as well as it can: what fails here is `redeliver`'s when the leases run out.
    pub async fn carry_out(self, app: &App) {
        fail_point::reach("delivery/answered");
        let frames = async {
            if let Err(error) = self.frames.attempt(app, IfDropped::Again).await {
                log::warn!(code = error.code(), "frames are left to redeliver");
            }
        };
        let images = async {
            if let Some(images) = &self.images
                && let Err(error) = images.attempt(app).await
            {
                log::warn!(code = error.code(), "images are left to redeliver");
            }
        };
        // Boxed, for this is what most of an invocation's memory would be kept for.
        tokio::join!(Box::pin(frames), Box::pin(images));
        fail_point::reach("delivery/done");
    }
}
