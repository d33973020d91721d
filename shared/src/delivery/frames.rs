//! The frames of a change: what each side hears, and that everybody who is online does.

use super::{outcome::Outcome, send::send};
use crate::{
    app::App,
    audience::Audience,
    error::Error,
    fail_point,
    frame::Frame,
    identity::Role,
    log,
    message::{MessageView, WrittenMessage},
    redeliver::ONE_WAKE_FOR,
    session::{Names, Session},
    store::outbox::{self, Change, FrameRow},
};
use time::OffsetDateTime;

/// How often a late audience is looked for: people do not connect faster than we send.
const LATE_AUDIENCES: usize = 3;

/// What to do when the gateway did not take a frame for someone who may still be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfDropped {
    /// Leave the row: all of its frames are sent again later.
    Again,
    /// Settle all the same: it has been tried for long enough.
    Settle,
}

/// The frames of one change, written, and the row that owes them.
#[derive(Debug)]
pub struct Frames {
    row: FrameRow,
    to_customer: String,
    to_dentist: String,
    /// Whether the customer's phone is to ring if no connection of theirs takes a frame.
    rings: bool,
}

impl Frames {
    /// That a message is there; `owes_push` when a dentist wrote it to a customer who may have a phone.
    ///
    /// # Errors
    /// As [`Frame::to_json`].
    pub fn of_message(
        row: FrameRow,
        message: &WrittenMessage,
        owes_push: bool,
    ) -> Result<Self, Error> {
        let (session_id, seq) = (message.session_id(), message.seq());
        let text = Frame::MessageCreated { session_id, seq, message }.to_json()?;
        Ok(Self { row, to_customer: text.clone(), to_dentist: text, rings: owes_push })
    }

    /// That a message was corrected or retracted.
    ///
    /// # Errors
    /// As [`Frame::to_json`].
    pub fn of_update(row: FrameRow, message: &WrittenMessage) -> Result<Self, Error> {
        let (session_id, seq) = (message.session_id(), message.seq());
        let text = Frame::MessageUpdated { session_id, seq, message }.to_json()?;
        Ok(Self { row, to_customer: text.clone(), to_dentist: text, rings: false })
    }

    /// That a session is new, or that its status is another: each side gets its own view.
    ///
    /// # Errors
    /// As [`Frame::to_json`].
    pub fn of_session(
        row: FrameRow,
        session: &Session<MessageView>,
        names: &Names,
    ) -> Result<Self, Error> {
        let text = |role| {
            let session = session.view(role, names);
            match row.lease.change {
                Change::Created => Frame::SessionCreated { session }.to_json(),
                _ => Frame::SessionUpdated { session }.to_json(),
            }
        };
        let (to_customer, to_dentist) = (text(Role::Customer)?, text(Role::Dentist)?);
        Ok(Self { row, to_customer, to_dentist, rings: false })
    }

    /// That one side has read up to a message; that side also hears how many are left.
    ///
    /// # Errors
    /// As [`Frame::to_json`].
    pub fn of_reading(
        row: FrameRow,
        reader: Role,
        up_to_seq: i64,
        read_at: OffsetDateTime,
        unread_count: i64,
    ) -> Result<Self, Error> {
        let session_id = row.lease.session;
        let text = |role| {
            let unread_count = (role == reader).then_some(unread_count);
            Frame::MessagesRead { session_id, reader, up_to_seq, read_at, unread_count }.to_json()
        };
        let (to_customer, to_dentist) = (text(Role::Customer)?, text(Role::Dentist)?);
        Ok(Self { row, to_customer, to_dentist, rings: false })
    }

    /// Sends the frames to whoever is online, and to whoever is late; then the row is settled. If no
    /// connection of the customer's took a message's frame, their phone is to ring.
    ///
    /// # Errors
    /// As [`outbox::settle_frames`]: the row stays.
    pub async fn attempt(&self, app: &App, if_dropped: IfDropped) -> Result<Outcome, Error> {
        let FrameRow { lease, audience, origin, known_at } = &self.row;
        let mut reached = self.send(app, audience).await;
        fail_point::reach("delivery/frames-sent");
        let mut served: Vec<String> = audience.all().chain(origin).cloned().collect();
        let mut outcome = Outcome::Again;
        for _ in 0..LATE_AUDIENCES {
            if reached.dropped && if_dropped == IfDropped::Again {
                break;
            }
            let late = outbox::settle_frames(&app.db, lease, &served, *known_at).await?;
            if late.is_empty() {
                fail_point::reach("delivery/frames-settled");
                outcome = Outcome::Settled;
                break;
            }
            reached = reached.and(self.send(app, &late).await);
            served.extend(late.all().cloned());
        }
        if self.rings && !reached.customer {
            self.ring(app).await;
        }
        Ok(outcome)
    }

    async fn send(&self, app: &App, audience: &Audience) -> Reached {
        let (customer, dentist) = tokio::join!(
            send(app, &self.to_customer, &audience.customer),
            send(app, &self.to_dentist, &audience.dentist)
        );
        Reached { customer: customer.taken, dropped: customer.dropped || dentist.dropped }
    }

    /// The push is due now. If this fails, it is due when the customer has had time to read.
    async fn ring(&self, app: &App) {
        let (session, seq) = (self.row.lease.session, self.row.lease.change.seq());
        // `redeliver` itself wakes nobody: it looks again.
        let one_wake_for = app.redeliver.can_be_woken().then_some(ONE_WAKE_FOR);
        match outbox::ring(&app.db, session, seq, one_wake_for).await {
            Ok(wakes) => {
                fail_point::reach("delivery/rung");
                if wakes {
                    app.redeliver.wake((app.now)()).await;
                }
            }
            Err(error) => log::warn!(code = error.code(), "a push is not due at once"),
        }
    }
}

/// Whom frames reached.
#[derive(Clone, Copy, Debug)]
struct Reached {
    /// Whether one of the customer's connections took one.
    customer: bool,
    /// Whether the gateway did not take one for someone who may still be there.
    dropped: bool,
}

impl Reached {
    const fn and(self, other: Self) -> Self {
        let customer = self.customer || other.customer;
        Self { customer, dropped: self.dropped || other.dropped }
    }
}
