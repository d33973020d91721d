//! The clock that the tests' environments go by. Each test has a thread, and so a clock, of its own.

use std::{
    cell::Cell,
    time::{Duration, SystemTime},
};

thread_local! {
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// The time, as far as this test's environments know.
#[must_use]
pub fn now() -> SystemTime {
    SystemTime::now() + AHEAD.get()
}

/// Puts the clock ahead. Databases go by their own.
pub fn advance(duration: Duration) {
    AHEAD.set(AHEAD.get() + duration);
}
