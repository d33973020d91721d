//! Metrics: one line of CloudWatch's embedded metric format for each invocation, written to standard
//! output, from which CloudWatch makes metrics. Its dimensions are the operation and the outcome,
//! both of which have few values.
//!
//! Format: "Specification: Embedded metric format", Amazon CloudWatch User Guide.

use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The namespace in CloudWatch.
const NAMESPACE: &str = "Chat";

/// Everything that is measured, beside how long an invocation took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Statements sent to PostgreSQL.
    RoundTrips,
    /// Times that Jarvis did not answer.
    DirectoryFailures,
    /// Frames that the gateway took.
    FramesSent,
    /// Frames for connections that were gone.
    FramesGone,
    /// Frames that the gateway did not take.
    FramesDropped,
    /// Frames that the gateway forbade: a right is missing, and an alarm is due.
    FramesForbidden,
    /// Pushes that the provider has.
    PushesAccepted,
    /// Pushes that the provider will never take.
    PushesRefused,
    /// Pushes that the provider did not take now.
    PushesFailed,
    /// Pushes that were not tried, since the provider is being left alone.
    PushesHeldBack,
    /// Sessions archived for want of activity.
    SessionsArchived,
    /// Messages erased because their time was over.
    MessagesExpired,
    /// Connections closed because their time was over.
    ConnectionsClosed,
    /// For how long the oldest due outbox row has been due.
    OutboxAgeSeconds,
    /// Outbox rows given up, counted up to a bound.
    OutboxParked,
}

impl Metric {
    /// The metric's name in CloudWatch.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoundTrips => "RoundTrips",
            Self::DirectoryFailures => "DirectoryFailures",
            Self::FramesSent => "FramesSent",
            Self::FramesGone => "FramesGone",
            Self::FramesDropped => "FramesDropped",
            Self::FramesForbidden => "FramesForbidden",
            Self::PushesAccepted => "PushesAccepted",
            Self::PushesRefused => "PushesRefused",
            Self::PushesFailed => "PushesFailed",
            Self::PushesHeldBack => "PushesHeldBack",
            Self::SessionsArchived => "SessionsArchived",
            Self::MessagesExpired => "MessagesExpired",
            Self::ConnectionsClosed => "ConnectionsClosed",
            Self::OutboxAgeSeconds => "OutboxAgeSeconds",
            Self::OutboxParked => "OutboxParked",
        }
    }

    /// Its unit, in CloudWatch's words.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::OutboxAgeSeconds => "Seconds",
            _ => "Count",
        }
    }
}

/// What one invocation has counted so far.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    outcome: Option<&'static str>,
    values: BTreeMap<Metric, f64>,
}

impl Metrics {
    /// Adds to a metric of this invocation.
    pub fn add(&self, metric: Metric, value: f64) {
        if let Ok(mut counted) = self.0.lock() {
            *counted.values.entry(metric).or_default() += value;
        }
    }

    /// Adds a number of things to a metric of this invocation.
    #[allow(clippy::cast_precision_loss, reason = "no invocation counts to 2^52")]
    pub fn count(&self, metric: Metric, things: usize) {
        self.add(metric, things as f64);
    }

    /// Forgets what an invocation left that did not come to its line.
    pub fn begin(&self) {
        if let Ok(mut counted) = self.0.lock() {
            *counted = Counted::default();
        }
    }

    /// Says how the invocation ended: `done`, or an error's code.
    pub fn outcome(&self, outcome: &'static str) {
        if let Ok(mut counted) = self.0.lock() {
            counted.outcome = Some(outcome);
        }
    }

    /// Writes the invocation's line, and begins anew.
    #[allow(clippy::disallowed_macros, reason = "the one place that writes to standard output")]
    pub fn emit(&self, operation: &str, duration: Duration, now: SystemTime) {
        let Ok(counted) = self.0.lock().map(|mut counted| std::mem::take(&mut *counted)) else {
            return;
        };
        println!("{}", line(operation, duration, now, counted));
    }
}

fn line(operation: &str, duration: Duration, now: SystemTime, counted: Counted) -> Value {
    let mut metrics = vec![json!({"Name": "Duration", "Unit": "Milliseconds"})];
    let mut line = Map::new();
    line.insert("Operation".to_owned(), operation.into());
    line.insert("Outcome".to_owned(), counted.outcome.unwrap_or("done").into());
    line.insert("Duration".to_owned(), (duration.as_secs_f64() * 1_000.0).into());
    for (metric, value) in counted.values {
        metrics.push(json!({"Name": metric.name(), "Unit": metric.unit()}));
        line.insert(metric.name().to_owned(), value.into());
    }
    let milliseconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let directive = json!({
        "Namespace": NAMESPACE,
        "Dimensions": [["Operation"], ["Operation", "Outcome"]],
        "Metrics": metrics,
    });
    let timestamp = u64::try_from(milliseconds).unwrap_or(u64::MAX);
    line.insert(
        "_aws".to_owned(),
        json!({"Timestamp": timestamp, "CloudWatchMetrics": [directive]}),
    );
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_declared_as_a_metric() {
        let metrics = Metrics::default();
        metrics.add(Metric::RoundTrips, 1.0);
        metrics.add(Metric::RoundTrips, 1.0);
        metrics.add(Metric::OutboxAgeSeconds, 2.5);
        metrics.outcome("rate_limited");
        let counted = std::mem::take(&mut *metrics.0.lock().unwrap());
        let line = line("send-message", Duration::from_millis(3), UNIX_EPOCH, counted);
        assert_eq!(line["RoundTrips"], 2.0);
        assert_eq!(line["Outcome"], "rate_limited");
        let declared = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"];
        assert_eq!(declared[1], json!({"Name": "RoundTrips", "Unit": "Count"}));
        assert_eq!(declared[2], json!({"Name": "OutboxAgeSeconds", "Unit": "Seconds"}));
        assert_eq!(declared[0]["Name"], "Duration");
    }
}
