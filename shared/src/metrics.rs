//! Metrics: one line of CloudWatch's embedded metric format for each invocation, written to standard
//! output, from which CloudWatch makes metrics. Its dimensions are the operation and the outcome,
//! both of which have few values.
//!
//! Format: "Specification: Embedded metric format", Amazon CloudWatch User Guide.

use crate::log;
use serde::{Serialize, Serializer};
use std::{
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The namespace in CloudWatch.
const NAMESPACE: &str = "Chat";

/// Everything that is measured, beside how long an invocation took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A few, each metric once, in the order in which they were first counted.
#[derive(Debug, Default)]
struct Values(Vec<(Metric, f64)>);

#[derive(Debug, Default)]
struct Counted {
    outcome: Option<&'static str>,
    values: Values,
}

impl Metrics {
    /// Adds to a metric of this invocation.
    pub fn add(&self, metric: Metric, value: f64) {
        if let Ok(mut counted) = self.0.lock() {
            let values = &mut counted.values.0;
            match values.iter_mut().find(|(known, _)| *known == metric) {
                Some((_, sum)) => *sum += value,
                None => values.push((metric, value)),
            }
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
    pub fn emit(&self, operation: &str, duration: Duration, now: SystemTime) {
        if let Ok(counted) = self.0.lock().map(|mut counted| std::mem::take(&mut *counted)) {
            log::line(&Line::of(operation, duration, now, &counted));
        }
    }
}

/// A line, as the specification wants it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    #[serde(rename = "_aws")]
    metadata: Metadata<'a>,
    operation: &'a str,
    outcome: &'static str,
    /// In milliseconds, to a thousandth.
    duration: f64,
    #[serde(flatten)]
    values: &'a Values,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: u64,
    #[serde(rename = "CloudWatchMetrics")]
    directives: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 2],
    #[serde(serialize_with = "definitions")]
    metrics: &'a Values,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: &'static str,
}

impl<'a> Line<'a> {
    fn of(operation: &'a str, duration: Duration, now: SystemTime, counted: &'a Counted) -> Self {
        let milliseconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let directive = Directive {
            namespace: NAMESPACE,
            dimensions: [&["Operation"], &["Operation", "Outcome"]],
            metrics: &counted.values,
        };
        let microseconds = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
        Self {
            metadata: Metadata {
                timestamp: u64::try_from(milliseconds).unwrap_or(u64::MAX),
                directives: [directive],
            },
            operation,
            outcome: counted.outcome.unwrap_or("done"),
            duration: f64::from(microseconds) / 1_000.0,
            values: &counted.values,
        }
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(metric, value)| (metric.name(), value)))
    }
}

/// What there is to find in a line: how long it took, and what was counted.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn definitions<S: Serializer>(values: &&Values, serializer: S) -> Result<S::Ok, S::Error> {
    let duration = Definition { name: "Duration", unit: "Milliseconds" };
    let counted =
        values.0.iter().map(|(metric, _)| Definition { name: metric.name(), unit: metric.unit() });
    serializer.collect_seq(std::iter::once(duration).chain(counted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_value_is_declared_as_a_metric() {
        let metrics = Metrics::default();
        metrics.add(Metric::RoundTrips, 1.0);
        metrics.add(Metric::RoundTrips, 1.0);
        metrics.add(Metric::OutboxAgeSeconds, 2.5);
        metrics.outcome("rate_limited");
        let counted = std::mem::take(&mut *metrics.0.lock().unwrap());
        let took = Duration::from_micros(3_250);
        let line = Line::of("send-message", took, UNIX_EPOCH, &counted);
        let line = serde_json::to_value(&line).unwrap();
        assert_eq!(line["Operation"], "send-message");
        assert_eq!(line["Duration"], 3.25);
        assert_eq!(line["RoundTrips"], 2.0);
        assert_eq!(line["Outcome"], "rate_limited");
        let declared = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"];
        assert_eq!(declared[1], json!({"Name": "RoundTrips", "Unit": "Count"}));
        assert_eq!(declared[2], json!({"Name": "OutboxAgeSeconds", "Unit": "Seconds"}));
        assert_eq!(declared[0]["Name"], "Duration");
    }
}
