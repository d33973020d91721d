//! One row: an attempt at what it owes, and what becomes of it.

use crate::{
    provider::Provider,
    push::{self, Pushed},
    run::LONGEST_ATTEMPT,
};
use chat::{
    app::App,
    delivery::{Frames, IfDropped, Images, Outcome},
    error::{Cause, Error},
    fail_point,
    identity::Role,
    log, random,
    session::Names,
    store::outbox::{self, Bad, Change, Lease, Taken, Work},
};
use futures_util::FutureExt as _;
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::time::timeout;

/// When a row that keeps failing is parked.
const PARKED_AFTER: Duration = Duration::from_hours(24);
/// For how long a frame is sent again that the gateway does not take.
const FRAMES_TRIED_FOR: Duration = Duration::from_mins(2);
/// The backoff's first bound; it doubles with each attempt …
const FIRST_BACKOFF: Duration = Duration::from_secs(2);
/// … up to this.
const LONGEST_BACKOFF: Duration = Duration::from_mins(1);

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing is owed any more.
    Settled,
    /// It is due again later.
    Postponed,
    /// It is given up.
    Parked,
    /// Something failed under it; it comes back when its lease runs out.
    Left,
}

/// Why a row is not done, where nothing of ours has failed.
struct Later {
    /// How long to wait at least.
    not_before: Duration,
    /// Whether this counts towards giving up.
    is_failure: bool,
}

/// Attempts what a row owes. Whatever goes wrong with it stays with it.
pub(crate) async fn attempt(
    app: &App,
    provider: &Provider,
    taken: Result<Taken, Bad>,
    names: &Names,
) -> Fate {
    let taken = match taken {
        Ok(taken) => taken,
        Err(Bad { lease, error }) => return park(app, &lease, &error).await,
    };
    let (lease, attempts, age) = (taken.row.lease, taken.attempts, taken.age);
    let is_old = age > PARKED_AFTER;
    match isolated(Box::pin(work(app, provider, taken, names))).await {
        Ok(None) => Fate::Settled,
        Ok(Some(later)) if later.is_failure && is_old => {
            let failed = Error::Unavailable(Cause::new("it failed for a day"));
            park(app, &lease, &failed).await
        }
        Ok(Some(later)) => postpone(app, &lease, backoff(attempts).max(later.not_before)).await,
        Err(error) if is_old => park(app, &lease, &error).await,
        Err(error) => {
            report(&lease, &error, "an outbox row is left for later");
            Fate::Left
        }
    }
}

/// Does the work; nothing is left to do, or it has to be tried later.
async fn work(
    app: &App,
    provider: &Provider,
    taken: Taken,
    names: &Names,
) -> Result<Option<Later>, Error> {
    let soon = Later { not_before: Duration::ZERO, is_failure: true };
    let (lease, age) = (taken.row.lease, taken.age);
    let outcome = match lease.work {
        Work::Frames => {
            let is_old = age > FRAMES_TRIED_FOR;
            let if_dropped = if is_old { IfDropped::Settle } else { IfDropped::Again };
            frames(app, taken, names).await?.attempt(app, if_dropped).await?
        }
        Work::Images => Images::new(lease, images(taken)).attempt(app).await?,
        Work::Push => match push::push(app, provider, &lease).await? {
            Pushed::Done => {
                outbox::settle(&app.db, &lease).await?;
                fail_point::reach("redeliver/push-settled");
                Outcome::Settled
            }
            Pushed::Failed { not_before } => {
                return Ok(Some(Later { not_before, is_failure: true }));
            }
            Pushed::HeldBack { not_before } => {
                return Ok(Some(Later { not_before, is_failure: false }));
            }
        },
    };
    Ok((outcome == Outcome::Again).then_some(soon))
}

/// The images that a row is about: those that the message has, or had.
fn images(taken: Taken) -> Vec<String> {
    match taken.row.lease.change {
        Change::MessageUpdated(_) => taken.retracted_images,
        _ => taken.session.last_message.map(|message| message.image_urls).unwrap_or_default(),
    }
}

/// The frames of a change, as things stand now.
async fn frames(app: &App, taken: Taken, names: &Names) -> Result<Frames, Error> {
    let Taken { row, changed_at, session, .. } = taken;
    match row.lease.change {
        Change::Message(_) | Change::MessageUpdated(_) => {
            let missing = || Error::Internal(Cause::new("an outbox row's message is missing"));
            let message = session.last_message.ok_or_else(missing)?;
            let owes_push = message.sender_type == Role::Dentist;
            let shown = app.bucket.show(message).await?.written()?;
            match row.lease.change {
                Change::MessageUpdated(_) => Frames::of_update(row, &shown),
                _ => Frames::of_message(row, &shown, owes_push),
            }
        }
        Change::Created | Change::Updated => {
            Frames::of_session(row, &app.bucket.show_session(session).await?, names)
        }
        Change::Read(reader) => {
            let (up_to_seq, unread) = (session.read_seq(reader), session.unread_count(reader));
            Frames::of_reading(row, reader, up_to_seq, changed_at, unread)
        }
    }
}

/// Bounded in time, and a panic in it is an error of it alone.
async fn isolated<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match timeout(LONGEST_ATTEMPT, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::Internal(Cause::new("an attempt panicked"))),
        Err(_) => Err(Error::Unavailable(Cause::new("an attempt took too long"))),
    }
}

async fn postpone(app: &App, lease: &Lease, delay: Duration) -> Fate {
    match outbox::postpone(&app.db, lease, delay).await {
        Ok(()) => {
            fail_point::reach("redeliver/postponed");
            Fate::Postponed
        }
        Err(_) => Fate::Left,
    }
}

/// Parks a row for a person to look at.
async fn park(app: &App, lease: &Lease, error: &Error) -> Fate {
    report(lease, error, "an outbox row is parked");
    match outbox::park(&app.db, lease).await {
        Ok(()) => Fate::Parked,
        Err(_) => Fate::Left,
    }
}

fn report(lease: &Lease, error: &Error, what: &str) {
    let (session, seq) = (lease.session.get(), lease.change.seq());
    let (change, work) = (lease.change.name(), lease.work.name());
    let cause = error.cause().map(ToString::to_string);
    log::error!(session, change, seq, work, code = error.code(), cause, "{what}");
}

/// Exponential backoff with full jitter ("Timeouts, retries, and backoff with jitter", Amazon
/// Builders' Library).
fn backoff(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts).unwrap_or(0).min(16);
    random::jitter(FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF))
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
