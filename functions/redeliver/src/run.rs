//! How long a run may take: parts that go on side by side stop in time, so that all of them together stay
//! within the function's timeout of 60 seconds.

use chat::clock;
use std::time::{Duration, Instant};

/// After so long nothing new is begun …
const BEGINS_FOR: Duration = Duration::from_secs(30);
/// … and what was begun takes at most so long. With a statement before and one after, a run is over
/// within 45 seconds.
pub(crate) const LONGEST_ATTEMPT: Duration = Duration::from_secs(10);

/// One invocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    began: Instant,
}

impl Run {
    pub(crate) fn begin() -> Self {
        Self { began: clock::instant() }
    }

    /// Whether the rest is the next run's.
    pub(crate) fn is_over(self) -> bool {
        self.began.elapsed() > BEGINS_FOR
    }
}
