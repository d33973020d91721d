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
    app::App,
    error::Error,
    fail_point, log,
    message::WrittenMessage,
    store::{messages::Owed, outbox::Lease},
};

/// What is owed for a change that was just committed.
#[derive(Debug)]
pub struct Delivery {
    frames: Frames,
    /// Those of what was read with the message.
    of_reading: Option<Frames>,
    images: Option<Images>,
}

impl From<Frames> for Delivery {
    fn from(frames: Frames) -> Self {
        Self { frames, of_reading: None, images: None }
    }
}

impl Delivery {
    /// What is owed for a message that was taken back: its frames, and having its images served no more.
    #[must_use]
    pub fn of_retraction(frames: Frames, images: Option<(Lease, Vec<String>)>) -> Self {
        Self {
            frames,
            of_reading: None,
            images: images.map(|(lease, keys)| Images::new(lease, keys)),
        }
    }

    /// What is owed for a message: its frames, those of what was read with it, and keeping its images.
    ///
    /// # Errors
    /// As [`Frames::of_message`].
    pub fn of_message(owed: Owed, shown: &WrittenMessage) -> Result<Self, Error> {
        let of_reading = owed.reading.map(|r| {
            Frames::of_reading(r.frames, r.reader, r.up_to_seq, r.read_at, r.unread_count)
        });
        Ok(Self {
            frames: Frames::of_message(owed.frames, shown, owed.push)?,
            of_reading: of_reading.transpose()?,
            images: owed.images.map(|(lease, keys)| Images::new(lease, keys)),
        })
    }

    /// Does it, each part as well as it can: what fails here is `redeliver`'s when the leases run out.
    pub async fn carry_out(self, app: &App) {
        fail_point::reach("delivery/answered");
        let attempt = async |frames: &Frames| {
            if let Err(error) = frames.attempt(app, IfDropped::Again).await {
                log::warn!(code = error.code(), "frames are left to redeliver");
            }
        };
        let frames = attempt(&self.frames);
        let of_reading = async {
            if let Some(frames) = &self.of_reading {
                attempt(frames).await;
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
        tokio::join!(Box::pin(frames), Box::pin(of_reading), Box::pin(images));
        fail_point::reach("delivery/done");
    }
}
