//! What the functions did: counts and latencies.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;

/// How many of the latest answers the percentiles are taken from.
const RECENT: usize = 1000;

/// What one function did since the start of the stack.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionStatistics {
    /// The function.
    pub name: String,
    /// Its environments at this moment, starting ones included.
    pub environments: usize,
    /// Those of them that are at work, or at work after an answer.
    pub busy: usize,
    /// Environments started so far.
    pub cold_starts: u64,
    /// Requests given to an environment so far.
    pub invocations: u64,
    /// Those of them that ended in a function error, a crash or a timeout.
    pub errors: u64,
    /// Median time from dispatch to answer over the latest 1,000 answers, in milliseconds.
    pub p50_ms: Option<f64>,
    /// The 99th percentile of the same.
    pub p99_ms: Option<f64>,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) cold_starts: u64,
    pub(super) invocations: u64,
    pub(super) errors: u64,
    latest: VecDeque<Duration>,
}

impl Counters {
    /// Notes one answer and how long it took.
    pub(super) fn answered(&mut self, took: Duration, failed: bool) {
        self.errors += u64::from(failed);
        if self.latest.len() == RECENT {
            self.latest.pop_front();
        }
        self.latest.push_back(took);
    }

    /// The time below which `percent` of the latest answers were given, in milliseconds.
    pub(super) fn percentile(&self, percent: usize) -> Option<f64> {
        let mut sorted: Vec<Duration> = self.latest.iter().copied().collect();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).map(|took| took.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut counters = Counters::default();
        assert_eq!(counters.percentile(50), None);
        for milliseconds in 1..=100 {
            counters.answered(Duration::from_millis(milliseconds), false);
        }
        assert_eq!(counters.percentile(50), Some(50.0));
        assert_eq!(counters.percentile(99), Some(99.0));
    }
}
