//! What is remembered of a Jarvis that does not answer.

use super::failure::Failure;
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// For how long names are left out without asking, once Jarvis did not answer.
const PAUSE: Duration = Duration::from_secs(5);
/// How often an operator hears of it.
const SAID_EVERY: Duration = Duration::from_mins(1);

/// Since when there is trouble, and when that was last said.
#[derive(Default)]
pub(super) struct Trouble(Mutex<State>);

#[derive(Default)]
struct State {
    silent_since: Option<Instant>,
    said: Option<Instant>,
    unsaid: u64,
}

impl Trouble {
    /// Whether Jarvis was silent a moment ago, so that only what cannot be done without should wait.
    pub(super) fn is_recent(&self, now: Instant) -> bool {
        let since = self.0.lock().ok().and_then(|state| state.silent_since);
        since.is_some_and(|since| now.saturating_duration_since(since) < PAUSE)
    }

    /// Jarvis has answered.
    pub(super) fn is_over(&self) {
        if let Ok(mut state) = self.0.lock() {
            state.silent_since = None;
        }
    }

    /// Remembers a failure. Gives the number of failures to report, this one included,
    /// if it is time to.
    pub(super) fn note(&self, failure: &Failure, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().ok()?;
        if matches!(failure, Failure::Silent(_)) {
            state.silent_since = Some(now);
        }
        state.unsaid += 1;
        if state.said.is_some_and(|said| now.saturating_duration_since(said) < SAID_EVERY) {
            return None;
        }
        state.said = Some(now);
        Some(std::mem::take(&mut state.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock, error::Cause};

    #[test]
    fn a_silent_jarvis_is_left_alone_for_five_seconds() {
        let (trouble, start) = (Trouble::default(), clock::instant());
        assert!(!trouble.is_recent(start));
        trouble.note(&Failure::Silent(Cause::new("took too long")), start);
        assert!(trouble.is_recent(start + Duration::from_millis(4_999)));
        assert!(!trouble.is_recent(start + PAUSE));
        trouble.is_over();
        assert!(!trouble.is_recent(start));
    }

    #[test]
    fn an_error_that_is_answered_at_once_is_no_reason_to_stop_asking() {
        let (trouble, start) = (Trouble::default(), clock::instant());
        trouble.note(&Failure::Refused(Cause::new("Jarvis answered error 1142")), start);
        assert!(!trouble.is_recent(start));
    }

    #[test]
    fn an_operator_hears_once_a_minute_of_all_failures() {
        let (trouble, start) = (Trouble::default(), clock::instant());
        let failure = Failure::Refused(Cause::new("Jarvis answered error 1142"));
        assert_eq!(trouble.note(&failure, start), Some(1));
        for seconds in 1..60 {
            assert_eq!(trouble.note(&failure, start + Duration::from_secs(seconds)), None);
        }
        assert_eq!(trouble.note(&failure, start + SAID_EVERY), Some(60));
    }
}
