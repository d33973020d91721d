//! One outbox row: its frames, its push, its images, and what becomes of it.

use crate::{
    provider::Provider,
    push::{Pushed, push},
};
use chat::{
    app::App,
    delivery::{Owed, READ_WITHIN, send_message},
    error::{Cause, Error},
    fail_point,
    id::MessageId,
    store::outbox::{self, Taken},
};
use futures_util::FutureExt as _;
use rand::Rng as _;
use serde::Serialize;
use std::{ops::AddAssign, panic::AssertUnwindSafe, time::Duration};
use tokio::time::timeout;

/// When a row that keeps failing is given up.
pub(crate) const PARKED_AFTER: Duration = Duration::from_hours(24);
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
    /// Something failed under it; it comes back when its lease runs out.
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
    match isolated(Box::pin(attempt(app, provider, owed))).await {
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

/// Bounded in time, and a panic in it is an error of it alone.
pub(crate) async fn isolated<T>(
    delivery: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let delivery = AssertUnwindSafe(delivery).catch_unwind();
    match timeout(LONGEST_DELIVERY, delivery).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::Internal(Cause::new("a delivery panicked"))),
        Err(_) => Err(Error::Unavailable(Cause::new("a delivery took too long"))),
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

/// The frames come first, then the push: neither waits for S3, which only has to keep the images.
async fn attempt(app: &App, provider: &Provider, mut owed: Owed) -> Result<Outcome, Error> {
    if !owed.frames_sent && is_read_awaited(app, &mut owed).await? {
        return Ok(Outcome::Waiting);
    }
    let pushed = if owed.push { push(app, provider, &owed).await? } else { Pushed::Done };
    let kept = app.images.keep(&owed.message.image_urls).await;
    let is_old = owed.age > PARKED_AFTER;
    let (not_before, is_pushed) = match (pushed, kept) {
        (Pushed::Done, Ok(())) => {
            outbox::settle(&app.db, owed.message.id).await?;
            fail_point::reach("redeliver/settled");
            return Ok(Outcome::Settled);
        }
        (Pushed::Done, Err(error)) if is_old => return Err(error),
        (Pushed::Done, Err(_)) => (Duration::ZERO, true),
        (Pushed::Failed { .. }, _) if is_old => {
            return Err(Error::Unavailable(Cause::new("the push provider failed for a day")));
        }
        (Pushed::Failed { not_before } | Pushed::HeldBack { not_before }, _) => (not_before, false),
    };
    outbox::postpone(&app.db, &owed, backoff(owed.attempts).max(not_before), is_pushed).await?;
    fail_point::reach("redeliver/postponed");
    Ok(Outcome::Waiting)
}

/// Sends the frames. Tells whether the rest may wait until the customer has had time to read.
async fn is_read_awaited(app: &App, owed: &mut Owed) -> Result<bool, Error> {
    app.images.sign(&mut owed.message).await?;
    let reached = send_message(app, &owed.message, &owed.audience).await;
    fail_point::reach("redeliver/frames-sent");
    let waits = owed.push && reached.customer && owed.age < READ_WITHIN;
    if waits {
        outbox::frames_sent(&app.db, owed, READ_WITHIN).await?;
        fail_point::reach("redeliver/waiting");
    }
    Ok(waits)
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
