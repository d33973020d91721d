//! The gateways' throttles: a token bucket, as API Gateway has it.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// How many requests may come a second, and how many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// A second, in the long run.
    pub a_second: u32,
    /// At once.
    pub burst: u32,
}

impl Rate {
    /// What an account may have in a region by default, over all its HTTP and REST APIs.
    pub const OF_AN_ACCOUNT: Self = Self { a_second: 10_000, burst: 5_000 };
}

/// A bucket that fills at a steady rate; each request takes a token.
#[derive(Debug)]
pub struct Throttle {
    rate: Rate,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Throttle {
    /// A full bucket.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        let bucket = Bucket { tokens: rate.burst.into(), filled_at: Instant::now() };
        Self { rate, bucket: Mutex::new(bucket) }
    }

    /// Takes a token for a request at this time; false when there is none.
    pub fn admits(&self, now: Instant) -> bool {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(bucket.filled_at).as_secs_f64();
        bucket.filled_at = bucket.filled_at.max(now);
        let filled = bucket.tokens + passed * f64::from(self.rate.a_second);
        bucket.tokens = filled.min(self.rate.burst.into());
        let is_admitted = bucket.tokens >= 1.0;
        if is_admitted {
            bucket.tokens -= 1.0;
        }
        is_admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn after_a_burst_as_many_pass_as_the_rate_allows() {
        let throttle = Throttle::new(Rate { a_second: 10, burst: 5 });
        let start = Instant::now();
        let admitted = |at: Instant| (0..100).filter(|_| throttle.admits(at)).count();
        assert_eq!(admitted(start), 5);
        assert_eq!(admitted(start + Duration::from_millis(250)), 2);
        // Half a token was left over.
        assert_eq!(admitted(start + Duration::from_millis(300)), 1);
        assert_eq!(admitted(start + Duration::from_mins(1)), 5, "it never holds more than a burst");
    }
}
