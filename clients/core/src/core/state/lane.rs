//! Waits: what failed is tried again after a while that is bounded both ways.

use crate::{
    core::RequestId,
    moment::{Chance, MINUTE, Millis, SECOND},
    planted::{self, Bug},
};

/// However long the service says to wait.
const LONGEST_ASKED: Millis = 15 * MINUTE;
const LONGEST: Millis = 30 * SECOND;
const SHORTEST: Millis = SECOND / 2;

/// Requests of one kind, of which one at a time is under way.
#[derive(Debug, Default)]
pub(in crate::core) struct Lane {
    pub in_flight: Option<RequestId>,
    /// How often it has failed in a row.
    pub failures: u32,
    pub not_before: Millis,
    /// Whether the service asked for the wait.
    is_asked: bool,
    /// How many tokens in a row were refused.
    pub refused_tokens: u32,
}

impl Lane {
    pub fn fail(&mut self, now: Millis, retry_after: Option<Millis>, chance: &mut Chance) {
        let wait = backoff(self.failures, chance).max(retry_after.unwrap_or_default());
        self.failures += 1;
        self.not_before = now.saturating_add(wait);
        self.is_asked = retry_after.is_some();
    }

    pub const fn succeed(&mut self) {
        self.failures = 0;
        self.refused_tokens = 0;
        self.not_before = 0;
    }

    /// Ends a wait; the service's too where the user or the network says so.
    pub const fn end_wait(&mut self, also_asked: bool) {
        if also_asked || !self.is_asked {
            self.not_before = 0;
        }
    }
}

/// Full jitter: anything up to a limit that doubles.
pub(in crate::core) fn backoff(failures: u32, chance: &mut Chance) -> Millis {
    chance.up_to(LONGEST.min(SHORTEST.saturating_mul(1 << failures.min(16))))
}

/// The header `Retry-After`, in seconds; a date, which needs a clock that is right, counts for none.
pub(in crate::core) fn retry_after(header: Option<&str>) -> Option<Millis> {
    let seconds: u64 = header?.trim().parse().ok()?;
    let wait = seconds.saturating_mul(SECOND);
    if planted::has(Bug::EndlessRetryAfter) { Some(wait) } else { Some(wait.min(LONGEST_ASKED)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wait_is_longer_than_a_quarter_of_an_hour_whatever_the_service_says() {
        assert_eq!(retry_after(Some("2")), Some(2 * SECOND));
        for endless in ["901", "31536000", "18446744073709551615"] {
            assert_eq!(retry_after(Some(endless)), Some(LONGEST_ASKED), "{endless}");
        }
        for odd in ["-5", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "99999999999999999999", ""] {
            assert_eq!(retry_after(Some(odd)), None, "{odd}");
        }
    }

    #[test]
    fn pauses_grow_to_half_a_minute_and_no_further() {
        let longest = |failures| {
            (0..2_000).map(|seed| backoff(failures, &mut Chance::new(seed))).max().unwrap()
        };
        assert!(longest(0) <= SHORTEST);
        assert!((2 * SECOND..=4 * SECOND).contains(&longest(3)));
        assert!((20 * SECOND..=LONGEST).contains(&longest(40)));
    }

    #[test]
    fn only_a_network_or_a_user_ends_a_wait_that_the_service_asked_for() {
        let mut lane = Lane::default();
        lane.fail(1_000, Some(60 * SECOND), &mut Chance::new(1));
        lane.end_wait(false);
        assert!(lane.not_before >= 61_000);
        lane.end_wait(true);
        assert_eq!(lane.not_before, 0);
    }
}
