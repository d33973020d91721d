//! What follows a commit: frames to whoever is online. Done after the answer, in the same
//! invocation; what the outbox says of a message is done again if this never happens.

pub mod frames;

use crate::{
    app::App,
    event::Event,
    id::MessageId,
    message::Message,
    store::{connections, outbox},
};
use frames::Fate;
use futures_util::future::join_all;
use std::time::Duration;

/// How long a fresh outbox row is left to the invocation that wrote it.
pub const OUTBOX_GRACE: Duration = Duration::from_secs(2);

/// The open connections of both participants.
#[derive(Clone, Debug, Default)]
pub struct Audience {
    /// The customer's.
    pub customer: Vec<String>,
    /// The dentist's.
    pub dentist: Vec<String>,
}

/// Work for after the answer.
#[derive(Debug, Default)]
pub struct Delivery {
    /// A frame's text, and the connections it goes to.
    frames: Vec<(String, Vec<String>)>,
    /// The message whose outbox row is settled by this.
    settles: Option<MessageId>,
}

impl Delivery {
    /// Tells both participants of a new message.
    #[must_use]
    pub fn message(message: &Message, audience: Audience) -> Self {
        let event =
            Event::MessageCreated { session_id: message.session_id, seq: message.seq, message };
        let Audience { mut customer, dentist } = audience;
        customer.extend(dentist);
        Self { frames: vec![(event.to_json(), customer)], settles: Some(message.id) }
    }

    /// Sends one frame to these connections.
    #[must_use]
    pub fn frame(event: &Event<'_>, connections: Vec<String>) -> Self {
        Self { frames: vec![(event.to_json(), connections)], settles: None }
    }

    /// Sends another frame too.
    #[must_use]
    pub fn and(mut self, event: &Event<'_>, connections: Vec<String>) -> Self {
        self.frames.push((event.to_json(), connections));
        self
    }

    /// Does it all, each part as well as it can: what fails here is in the outbox or found by a
    /// client's next fetch.
    pub async fn carry_out(self, app: &App) {
        let posts = self.frames.iter().flat_map(|(text, connections)| {
            connections.iter().map(move |connection| async move {
                (connection, app.frames.post(connection, text).await)
            })
        });
        let fates = join_all(posts).await;
        let gone: Vec<String> = fates
            .iter()
            .filter(|(_, fate)| *fate == Fate::Gone)
            .map(|(connection, _)| (*connection).clone())
            .collect();
        if !gone.is_empty()
            && let Err(error) = connections::forget(&app.db, &gone).await
        {
            tracing::warn!(code = error.code(), "gone connections are not forgotten yet");
        }
        if let Some(message) = self.settles
            && let Err(error) = outbox::settle(&app.db, message).await
        {
            tracing::warn!(code = error.code(), "an outbox row is left to redelivery");
        }
    }
}
