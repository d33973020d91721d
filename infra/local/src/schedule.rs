//! Runs functions by the clock, as EventBridge does at the template's rate.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use uuid::Uuid;

use crate::aws_names::{ACCOUNT_ID, REGION};
use crate::lambda::{InvokeError, Lambda};
use crate::log::Log;
use crate::template::{FunctionSpec, ScheduleSpec, Template};

/// The functions that run by the clock.
#[derive(Debug)]
pub struct Schedules {
    lambda: Arc<Lambda>,
    /// In the order of the template.
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    function: String,
    name: String,
    every: Duration,
}

impl Schedules {
    /// The schedules of the template; `overrides` are other times between two runs, by function name.
    #[must_use]
    pub fn new(
        template: &Template,
        lambda: Arc<Lambda>,
        overrides: &BTreeMap<String, Duration>,
    ) -> Arc<Self> {
        let rule = |function: &FunctionSpec, schedule: &ScheduleSpec| Rule {
            function: function.name.clone(),
            name: schedule.name.clone(),
            every: overrides.get(&function.name).copied().unwrap_or(schedule.every),
        };
        let rules = template.functions.iter().flat_map(|function| {
            function.schedules.iter().map(move |schedule| rule(function, schedule))
        });
        Arc::new(Self { lambda, rules: rules.collect() })
    }

    /// Starts the clock; the first run comes after one full period. A run that takes longer than a
    /// period makes the clock skip what it misses meanwhile. Aborting the tasks stops it.
    #[must_use = "the tasks are what stops the clock"]
    pub fn start(self: &Arc<Self>, log: &Log) -> Vec<JoinHandle<()>> {
        let rules = self.rules.iter().map(|rule| (rule.function.clone(), rule.every));
        rules
            .map(|(function, every)| {
                tokio::spawn(run_for_ever(self.clone(), function, every, log.clone()))
            })
            .collect()
    }

    /// Runs a function now, whether or not the clock's own run is going on: EventBridge's overlap too.
    ///
    /// # Errors
    /// `NoSuchFunction` when nothing runs it by the clock; else whatever the function did.
    pub async fn run_now(&self, function: &str) -> Result<Bytes, InvokeError> {
        let rule = self.rules.iter().find(|rule| rule.function == function);
        let rule = rule.ok_or(InvokeError::NoSuchFunction)?;
        self.lambda.invoke(function, scheduled_event(&rule.name), None).await
    }
}

/// What runs how often, in one line; nothing when nothing does.
impl fmt::Display for Schedules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rule) in self.rules.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            let seconds = rule.every.as_secs_f64();
            write!(formatter, "{separator}{} every {seconds} s", rule.function)?;
        }
        Ok(())
    }
}

async fn run_for_ever(schedules: Arc<Schedules>, function: String, every: Duration, log: Log) {
    let mut clock = interval_at(Instant::now() + every, every);
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        clock.tick().await;
        if let Err(error) = schedules.run_now(&function).await {
            log.line("schedule", &format!("{function} failed: {error}"));
        }
    }
}

/// The event as EventBridge gives it to a rule's target.
fn scheduled_event(rule: &str) -> Bytes {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let event = json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": now.format(&Rfc3339).unwrap_or_default(),
        "region": REGION,
        "resources": [format!("arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{rule}")],
        "detail": {},
    });
    Bytes::from(event.to_string())
}
