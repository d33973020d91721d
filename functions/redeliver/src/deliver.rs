//! One outbox row: its frames, its push, and what becomes of it.

use crate::provider::{Provider, Push, Verdict};
use chat::{
    app::App,
    delivery::{Owed, READ_WITHIN, send_message},
    error::{Cause, Error},
    fail_point,
    id::MessageId,
    store::{
        outbox::{self, Taken},
        players,
    },
};
use rand::Rng as _;
use serde::Serialize;
use std::{ops::AddAssign, time::Duration};
use tokio::time::timeout;

/// When a row that keeps failing is given up.
const PARKED_AFTER: Duration = Duration::from_hours(24);
/// How long one row may take; shorter than its lease.
const LONGEST_DELIVERY: Duration = Duration::from_secs(15);
/// The backoff's first bound; it doubles with each attempt …
const FIRST_BACKOFF: Duration = Duration::from_secs(2);
/// … up to this.
const LONGEST_BACKOFF: Duration = Duration::from_mins(1);

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing is owed any more.
    Settled,
    /// It waits: for the customer to read, or for another attempt.
    Waiting,
    /// It is given up.
    Parked,
    /// The database failed under it; it comes back when its lease runs out.
    Left,
}

/// What became of many rows.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Tally {
    settled: usize,
    waiting: usize,
    newly_parked: usize,
    left: usize,
}

impl Tally {
    pub(crate) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Settled => self.settled += 1,
            Outcome::Waiting => self.waiting += 1,
            Outcome::Parked => self.newly_parked += 1,
            Outcome::Left => self.left += 1,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.settled += other.settled;
        self.waiting += other.waiting;
        self.newly_parked += other.newly_parked;
        self.left += other.left;
    }
}

/// Delivers one row. Whatever goes wrong with it stays with it.
pub(crate) async fn deliver(app: &App, provider: &Provider, taken: Taken) -> Outcome {
    let owed = match taken {
        Taken::Owed(owed) => *owed,
        Taken::Bad(message, error) => return give_up(app, message, &error).await,
    };
    let (message, age) = (owed.message.id, owed.age);
    let too_long = |_| Err(Error::Unavailable(Cause::new("a delivery took too long")));
    match timeout(LONGEST_DELIVERY, attempt(app, provider, owed)).await.unwrap_or_else(too_long) {
        Ok(outcome) => outcome,
        Err(error) if age > PARKED_AFTER => give_up(app, message, &error).await,
        Err(error) => {
            let cause = error.cause().map(ToString::to_string);
            tracing::warn!(target: "chat", message = message.get(), code = error.code(), cause,
                "an outbox row is left for later");
            Outcome::Left
        }
    }
}

/// Parks a row for a person to look at.
async fn give_up(app: &App, message: MessageId, error: &Error) -> Outcome {
    let cause = error.cause().map(ToString::to_string);
    tracing::error!(target: "chat", message = message.get(), code = error.code(), cause,
        "an outbox row is parked");
    match outbox::park(&app.db, message).await {
        Ok(()) => Outcome::Parked,
        Err(_) => Outcome::Left,
    }
}

async fn attempt(app: &App, provider: &Provider, mut owed: Owed) -> Result<Outcome, Error> {
    if !owed.frames_sent {
        app.images.keep(&owed.message.image_urls).await?;
        app.images.sign(&mut owed.message).await?;
        let reached = send_message(app, &owed.message, &owed.audience).await;
        fail_point::reach("redeliver/frames-sent");
        if owed.push && reached.customer && owed.age < READ_WITHIN {
            outbox::frames_sent(&app.db, &owed, READ_WITHIN).await?;
            fail_point::reach("redeliver/waiting");
            return Ok(Outcome::Waiting);
        }
    }
    if !owed.push {
        let settled = settle(app, &owed).await;
        fail_point::reach("redeliver/settled");
        return settled;
    }
    let facts = outbox::push_facts(&app.db, owed.message.id).await?;
    let Some((player, registered_at)) = facts.player.filter(|_| !facts.is_read) else {
        return settle(app, &owed).await;
    };
    let push = Push { message: &owed.message, player: &player, badge: facts.badge };
    fail_point::reach("redeliver/push-due");
    let verdict = provider.push(app, &push).await;
    fail_point::reach("redeliver/pushed");
    if verdict.names_invalid_player() {
        players::unmap(&app.db, facts.customer_id, &player, registered_at).await?;
        fail_point::reach("redeliver/unmapped");
    }
    match verdict {
        Verdict::Accepted { .. } => {
            let settled = settle(app, &owed).await;
            fail_point::reach("redeliver/push-settled");
            settled
        }
        Verdict::Refused { .. } => {
            tracing::error!(target: "chat", message = owed.message.id.get(), "a push is refused for good");
            settle(app, &owed).await
        }
        Verdict::TryLater { .. } if owed.age > PARKED_AFTER => {
            Err(Error::Unavailable(Cause::new("the push provider failed for a day")))
        }
        Verdict::TryLater { not_before } => {
            let delay = backoff(owed.attempts).max(not_before);
            outbox::postpone(&app.db, &owed, delay).await?;
            fail_point::reach("redeliver/postponed");
            Ok(Outcome::Waiting)
        }
    }
}

async fn settle(app: &App, owed: &Owed) -> Result<Outcome, Error> {
    outbox::settle(&app.db, owed.message.id).await?;
    Ok(Outcome::Settled)
}

/// Exponential backoff with full jitter ("Timeouts, retries, and backoff with jitter", Amazon
/// Builders' Library).
fn backoff(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts).unwrap_or(0).min(16);
    let bound = FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF);
    rand::rng().random_range(Duration::ZERO..=bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_is_bounded_however_many_attempts() {
        for attempts in [0, 1, 5, 1_000, i32::MAX, -1] {
            assert!(backoff(attempts) <= LONGEST_BACKOFF);
        }
        assert!((0..100).map(|_| backoff(1)).all(|delay| delay <= FIRST_BACKOFF * 2));
    }
}
