//! A circuit breaker: a provider that keeps failing is left alone for a while,
//! then tried again.

use chat::clock;
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// Failures in a row that open it.
const THRESHOLD: u32 = 5;
/// How long it stays open.
const OPEN_FOR: Duration = Duration::from_secs(20);

/// Counts failures in a row.
#[derive(Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// How long the provider is still left alone; none if it may be tried.
    pub(super) fn remaining(&self) -> Option<Duration> {
        let state = self.0.lock().ok()?;
        let remaining = state.open_until?.checked_duration_since(clock::instant())?;
        Some(remaining).filter(|remaining| !remaining.is_zero())
    }

    /// Notes how an attempt went.
    pub(super) fn note(&self, success: bool) {
        let Ok(mut state) = self.0.lock() else { return };
        if success {
            *state = State::default();
            return;
        }
        state.failures += 1;
        if state.failures >= THRESHOLD {
            state.open_until = clock::instant().checked_add(OPEN_FOR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_with_a_success() {
        let breaker = Breaker::default();
        (1..THRESHOLD).for_each(|_| breaker.note(false));
        assert_eq!(breaker.remaining(), None);
        breaker.note(true);
        breaker.note(false);
        assert_eq!(breaker.remaining(), None);
        (1..THRESHOLD).for_each(|_| breaker.note(false));
        assert!(breaker.remaining().is_some_and(|remaining| remaining <= OPEN_FOR));
        breaker.note(true);
        assert_eq!(breaker.remaining(), None);
    }
}
