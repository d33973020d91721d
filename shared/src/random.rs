//! Randomness. Nothing else draws any.

use rand::Rng as _;
use std::time::Duration;
use uuid::Uuid;

/// A delay between nothing and `bound`, both included: full jitter ("Exponential Backoff And Jitter",
/// AWS Architecture Blog), so that what failed together does not try again together.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that draws")]
pub fn jitter(bound: Duration) -> Duration {
    rand::rng().random_range(Duration::ZERO..=bound)
}

/// An id like no other (RFC 9562, version 4).
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that draws")]
pub fn new_id() -> Uuid {
    Uuid::new_v4()
}
