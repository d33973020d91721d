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

/// What one invocation has counted so far.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    outcome: Option<&'static str>,
    values: BTreeMap<&'static str, f64>,
}

impl Metrics {
    /// Adds to a metric of this invocation.
    pub fn add(&self, name: &'static str, value: f64) {
        if let Ok(mut counted) = self.0.lock() {
            *counted.values.entry(name).or_default() += value;
        }
    }

    /// Adds a number of things to a metric of this invocation.
    #[allow(clippy::cast_precision_loss)] // No invocation counts to 2^52.
    pub fn count(&self, name: &'static str, things: usize) {
        self.add(name, things as f64);
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
    for (name, value) in counted.values {
        let unit = if name.ends_with("Seconds") { "Seconds" } else { "Count" };
        metrics.push(json!({"Name": name, "Unit": unit}));
        line.insert(name.to_owned(), value.into());
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
        metrics.add("RoundTrips", 1.0);
        metrics.add("RoundTrips", 1.0);
        metrics.add("OutboxAgeSeconds", 2.5);
        metrics.outcome("rate_limited");
        let counted = std::mem::take(&mut *metrics.0.lock().unwrap());
        let line = line("send-message", Duration::from_millis(3), UNIX_EPOCH, counted);
        assert_eq!(line["RoundTrips"], 2.0);
        assert_eq!(line["Outcome"], "rate_limited");
        let declared = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"];
        assert_eq!(declared[1], json!({"Name": "OutboxAgeSeconds", "Unit": "Seconds"}));
        assert_eq!(declared[2], json!({"Name": "RoundTrips", "Unit": "Count"}));
        assert_eq!(declared[0]["Name"], "Duration");
    }
}
