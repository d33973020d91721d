//! Runs functions by the clock, as EventBridge does at the template's rate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use uuid::Uuid;

use crate::lambda::{ACCOUNT_ID, InvokeError, Lambda, REGION};
use crate::log::Log;
use crate::template::Template;

/// The functions that run by the clock. None of them overlaps itself.
#[derive(Debug)]
pub struct Schedules {
    lambda: Arc<Lambda>,
    /// Function name → its rule.
    rules: BTreeMap<String, Rule>,
}

#[derive(Debug)]
struct Rule {
    name: String,
    every: Duration,
    /// Held while it runs.
    running: Mutex<()>,
}

impl Schedules {
    /// The schedules of the template; `overrides` are other times between two runs, by function name.
    #[must_use]
    pub fn new(
        template: &Template,
        lambda: Arc<Lambda>,
        overrides: &BTreeMap<String, Duration>,
    ) -> Arc<Self> {
        let mut rules = BTreeMap::new();
        for function in &template.functions {
            for schedule in &function.schedules {
                let every = overrides.get(&function.name).copied().unwrap_or(schedule.every);
                let rule = Rule { name: schedule.name.clone(), every, running: Mutex::new(()) };
                rules.insert(function.name.clone(), rule);
            }
        }
        Arc::new(Self { lambda, rules })
    }

    /// Starts the clock; the first run comes after one full period. Aborting the tasks stops it.
    #[must_use = "the tasks are what stops the clock"]
    pub fn start(self: &Arc<Self>, log: &Log) -> Vec<JoinHandle<()>> {
        let names = self.rules.iter().map(|(function, rule)| (function.clone(), rule.every));
        names
            .map(|(function, every)| {
                tokio::spawn(run_for_ever(self.clone(), function, every, log.clone()))
            })
            .collect()
    }

    /// Runs a function now, after the run that may be going on.
    ///
    /// # Errors
    /// `NoSuchFunction` when nothing runs it by the clock; else whatever the function did.
    pub async fn run_now(&self, function: &str) -> Result<Bytes, InvokeError> {
        let rule = self.rules.get(function).ok_or(InvokeError::NoSuchFunction)?;
        let _running = rule.running.lock().await;
        self.lambda.invoke(function, scheduled_event(&rule.name), None).await
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
