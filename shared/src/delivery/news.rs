//! What both sides hear of a session itself: that it is new, its status, how far a side has read.

use super::{Audience, LATE_AUDIENCES, send};
use crate::{
    app::App,
    caller::Role,
    directory::Names,
    error::Error,
    event::Event,
    fail_point,
    session::Session,
    store::news::{self, Change, Kind, Untold},
};
use time::OffsetDateTime;

/// What to do when the gateway has given up a frame for someone who may still be there. (A message
/// that is missed shows by its `seq`; news that is missed shows by nothing.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfDropped {
    /// Leave the record to redelivery.
    Leave,
    /// Settle all the same: it has been tried for long enough.
    Settle,
}

/// A change that is to be told of, in each side's own words.
#[derive(Debug)]
pub struct News {
    change: Change,
    for_customer: String,
    for_dentist: String,
}

impl News {
    /// That a session is new, or that its status changed: each side gets its own view.
    #[must_use]
    pub fn of_session(change: Change, session: &Session, names: &Names) -> Self {
        let event = |role| {
            let session = session.view(role, names);
            match change.record.kind {
                Kind::Created => Event::SessionCreated { session },
                Kind::Updated | Kind::Read(_) => Event::SessionUpdated { session },
            }
        };
        let for_customer = event(Role::Customer).to_json();
        let for_dentist = event(Role::Dentist).to_json();
        Self { change, for_customer, for_dentist }
    }

    /// That one side has read up to a message.
    #[must_use]
    pub fn of_reading(
        change: Change,
        reader: Role,
        up_to_seq: i64,
        read_at: OffsetDateTime,
    ) -> Self {
        let session_id = change.record.session;
        let event = Event::MessagesRead { session_id, reader, up_to_seq, read_at };
        let text = event.to_json();
        Self { change, for_customer: text.clone(), for_dentist: text }
    }

    /// What is still to be told of a change, as things stand now.
    #[must_use]
    pub fn again(untold: Untold, names: &Names) -> Self {
        let Untold { change, changed_at, session, .. } = untold;
        match change.record.kind {
            Kind::Created | Kind::Updated => Self::of_session(change, &session, names),
            Kind::Read(reader) => {
                Self::of_reading(change, reader, session.read_seq(reader), changed_at)
            }
        }
    }

    /// Tells whoever was online, also those who came while the change was being committed; then
    /// nothing is owed any more. Tells whether that is so.
    ///
    /// # Errors
    /// As [`news::settle`]: the record is left to redelivery.
    pub async fn tell(&self, app: &App, if_dropped: IfDropped) -> Result<bool, Error> {
        let dropped = self.send(app, &self.change.audience).await;
        fail_point::reach("news/told");
        if dropped && if_dropped == IfDropped::Leave {
            return Ok(false);
        }
        let Audience { customer, dentist } = &self.change.audience;
        let mut told = [customer.as_slice(), dentist].concat();
        for _ in 0..LATE_AUDIENCES {
            let late = news::settle(&app.db, &self.change, &told).await?;
            if late.is_empty() {
                fail_point::reach("news/settled");
                return Ok(true);
            }
            self.send(app, &late).await;
            told.extend([late.customer, late.dentist].concat());
        }
        // People connect faster than we send: the record is redelivery's.
        Ok(false)
    }

    /// Tells whether a frame was given up.
    async fn send(&self, app: &App, audience: &Audience) -> bool {
        let (customer, dentist) = tokio::join!(
            send(app, &self.for_customer, &audience.customer),
            send(app, &self.for_dentist, &audience.dentist)
        );
        customer.dropped || dentist.dropped
    }
}
