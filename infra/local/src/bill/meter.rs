//! What is counted, wherever in the stack it happens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::unit::Unit;

/// API Gateway counts each 512 KB of a call that have begun.
const HTTP_STEP: usize = 512 * 1024;
/// And each 32 KB of a WebSocket's message.
const WS_STEP: usize = 32 * 1024;
/// What CloudWatch adds to each event of a log.
const LOG_EVENT: usize = 26;

type Units = BTreeMap<(Unit, Option<String>), f64>;

/// What has been counted since a moment.
#[derive(Clone, Debug)]
pub struct Usage {
    /// The moment.
    pub since: OffsetDateTime,
    /// The units, those of Lambda by function.
    pub units: Units,
}

/// A cheap handle to the one meter of a stack.
#[derive(Clone, Debug)]
pub struct Meter(Arc<Mutex<Counts>>);

#[derive(Debug)]
struct Counts {
    since: OffsetDateTime,
    units: Units,
    open: u32,
    /// Until when the time of open connections has been counted.
    counted_until: Instant,
}

/// An open WebSocket, which costs by the minute until it is dropped.
#[derive(Debug)]
pub struct OpenConnection(Meter);

impl Default for Meter {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Counts {
            since: OffsetDateTime::now_utc(),
            units: Units::new(),
            open: 0,
            counted_until: Instant::now(),
        })))
    }
}

impl Meter {
    /// What has been counted so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let mut counts = self.lock();
        counts.count_connections();
        Usage { since: counts.since, units: counts.units.clone() }
    }

    /// Forgets what has been counted; connections that are open cost from now on.
    pub fn begin(&self) {
        let mut counts = self.lock();
        counts.count_connections();
        counts.units.clear();
        counts.since = OffsetDateTime::now_utc();
    }

    /// A call of the HTTP API, by the larger of its two bodies.
    pub fn http_call(&self, bytes: usize) {
        self.add(Unit::HttpCalls, steps(bytes, HTTP_STEP));
    }

    /// A message of a WebSocket client.
    pub fn message_in(&self, bytes: usize) {
        self.add(Unit::WsMessagesIn, steps(bytes, WS_STEP));
    }

    /// A message to a WebSocket client.
    pub fn message_out(&self, bytes: usize) {
        self.add(Unit::WsMessagesOut, steps(bytes, WS_STEP));
    }

    /// A WebSocket that is open from now on.
    #[must_use = "it costs until it is dropped"]
    pub fn connection(&self) -> OpenConnection {
        let mut counts = self.lock();
        counts.count_connections();
        counts.open += 1;
        OpenConnection(self.clone())
    }

    /// A function's work: some requests or none (its start), and how long it took, by the millisecond
    /// that has begun.
    pub fn worked(&self, function: &str, requests: u32, time: Duration, memory_mb: u64) {
        let milliseconds = time.as_nanos().div_ceil(1_000_000);
        #[allow(clippy::cast_precision_loss, reason = "no invocation lasts, or has, as much")]
        let gb_seconds = milliseconds as f64 / 1e3 * memory_mb as f64 / 1024.0;
        let mut counts = self.lock();
        counts.add(Unit::LambdaRequests, Some(function), f64::from(requests));
        counts.add(Unit::LambdaGbSeconds, Some(function), gb_seconds);
    }

    /// One line of a log.
    pub fn logged(&self, bytes: usize) {
        #[allow(clippy::cast_precision_loss, reason = "no line is as long")]
        self.add(Unit::LogGb, (bytes + LOG_EVENT) as f64 / 1024.0 / 1024.0 / 1024.0);
    }

    /// One of what is billed by the request.
    pub fn request(&self, unit: Unit) {
        self.add(unit, 1.0);
    }

    fn add(&self, unit: Unit, units: f64) {
        self.lock().add(unit, None, units);
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(&mut self, unit: Unit, function: Option<&str>, units: f64) {
        *self.units.entry((unit, function.map(str::to_owned))).or_default() += units;
    }

    fn count_connections(&mut self) {
        let now = Instant::now();
        let passed = now.duration_since(std::mem::replace(&mut self.counted_until, now));
        if self.open > 0 {
            let minutes = passed.as_secs_f64() / 60.0 * f64::from(self.open);
            self.add(Unit::WsConnectionMinutes, None, minutes);
        }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let mut counts = self.0.lock();
        counts.count_connections();
        counts.open -= 1;
    }
}

/// How many steps have begun; an empty one counts too.
fn steps(bytes: usize, step: usize) -> f64 {
    let steps = bytes.div_ceil(step).max(1);
    u32::try_from(steps).unwrap_or(u32::MAX).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(meter: &Meter, unit: Unit) -> f64 {
        meter.usage().units.get(&(unit, None)).copied().unwrap_or_default()
    }

    #[test]
    fn what_is_larger_than_a_step_counts_as_several() {
        let meter = Meter::default();
        for (bytes, counted) in [(0, 1.0), (WS_STEP, 2.0), (WS_STEP + 1, 4.0), (4 * WS_STEP, 8.0)] {
            meter.message_in(bytes);
            assert!((units(&meter, Unit::WsMessagesIn) - counted).abs() < 1e-9, "{bytes}");
        }
        meter.http_call(HTTP_STEP + 1);
        assert!((units(&meter, Unit::HttpCalls) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn connections_cost_while_they_are_open() {
        let meter = Meter::default();
        let (one, two) = (meter.connection(), meter.connection());
        std::thread::sleep(Duration::from_millis(60));
        drop(one);
        drop(two);
        let minutes = units(&meter, Unit::WsConnectionMinutes);
        assert!(minutes >= 2.0 * 0.06 / 60.0, "{minutes}");
        std::thread::sleep(Duration::from_millis(20));
        assert!((units(&meter, Unit::WsConnectionMinutes) - minutes).abs() < 1e-9);
    }

    #[test]
    fn a_functions_time_is_billed_by_the_millisecond_that_has_begun() {
        let meter = Meter::default();
        meter.worked("f", 1, Duration::from_micros(1_001), 512);
        let usage = meter.usage();
        let of = |unit| usage.units[&(unit, Some("f".to_owned()))];
        assert!((of(Unit::LambdaGbSeconds) - 0.001).abs() < 1e-12);
        assert!((of(Unit::LambdaRequests) - 1.0).abs() < 1e-12);
        meter.begin();
        assert!(meter.usage().units.is_empty());
    }
}
