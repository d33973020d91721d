//! The only clock, and the only chance.

use crate::moment::{Millis, Moment};
use rustix::time::{ClockId, clock_gettime};
use uuid::Uuid;

/// Goes on while the phone sleeps: Apple's monotonic clock does, Linux has another one for that.
const CLOCK: ClockId = if cfg!(target_vendor = "apple") { ClockId::Monotonic } else { SLEEPLESS };

#[cfg(any(target_os = "linux", target_os = "android"))]
const SLEEPLESS: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const SLEEPLESS: ClockId = ClockId::Monotonic;

pub(super) fn now() -> Millis {
    let time = clock_gettime(CLOCK);
    let seconds = Millis::try_from(time.tv_sec).unwrap_or_default();
    let millis = Millis::try_from(time.tv_nsec / 1_000_000).unwrap_or_default();
    seconds.saturating_mul(1_000).saturating_add(millis)
}

pub(super) fn moment() -> Moment {
    Moment { at: now(), seed: Uuid::new_v4().as_u128() }
}
