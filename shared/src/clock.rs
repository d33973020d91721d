//! The clocks. Nothing else reads one, so that a test can stand for the time of day.

use std::time::{Instant, SystemTime};

/// The time of day. What depends on it is handed this function, and tests hand it another.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that reads this clock")]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// The time that only goes forward: for how long something took, never for when it was.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that reads this clock")]
pub fn instant() -> Instant {
    Instant::now()
}
