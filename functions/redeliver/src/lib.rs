//! On a schedule, and when `send-message` wakes it: outbox rows that are due are taken and worked on, and
//! connections whose time is over are closed. Also an operator's tool for rows that were parked.

mod attempt;
mod connections;
mod lanes;
mod provider;
mod push;
mod read_marks;
mod run;
mod secret;

pub use provider::Provider;

use chat::{
    app::App,
    error::{Cause, Error},
    metrics::Metric,
    store::{
        Statement, connections as connection_rows,
        outbox::{self, Parked},
        players, read_marks as mark_rows,
    },
    timestamp,
};
use lanes::Tally;
use run::Run;
use serde::Serialize;
use serde_json::{Value, json};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[
    &outbox::TAKE,
    &outbox::SETTLE,
    &outbox::RING,
    &outbox::PUSH_FACTS,
    &outbox::POSTPONE,
    &outbox::PARK,
    &outbox::STATE,
    &outbox::PARKED,
    &outbox::UNPARK,
    &mark_rows::CATCH_UP,
    &connection_rows::EXPIRED,
    &connection_rows::FORGET,
    &connection_rows::FORGET_GONE,
    &players::UNMAP,
];

/// Parked rows that are made due by one statement.
const UNPARK_STEP: i64 = 2_000;

/// What an invocation is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Deliver everything that was committed before the run began, and close old connections.
    Everything,
    /// Deliver what is due now: somebody's phone is to ring.
    WhatIsDue,
    /// List the rows that were parked.
    ListParked,
    /// Try the rows that were parked once more.
    RetryParked,
}

impl Command {
    /// The command in an event: the schedule's has none.
    #[must_use]
    pub fn of(event: &Value) -> Self {
        if event.get("reason").and_then(Value::as_str) == Some("push") {
            return Self::WhatIsDue;
        }
        match event.get("command").and_then(Value::as_str) {
            Some("list_parked") => Self::ListParked,
            Some("retry_parked") => Self::RetryParked,
            _ => Self::Everything,
        }
    }
}

/// Does what it is asked, and reports.
///
/// # Errors
/// [`Error::Unavailable`] when the database does not answer; what was taken comes back when its
/// lease runs out.
pub async fn handle(app: &App, provider: &Provider, command: Command) -> Result<Value, Error> {
    let run = Run::begin();
    match command {
        Command::ListParked => list_parked(app).await,
        Command::RetryParked => retry_parked(app, run).await,
        Command::WhatIsDue => {
            let tally = lanes::deliver_twice(app, provider, run).await?;
            report(app, tally, None).await
        }
        Command::Everything => {
            // None of these waits for another, nor falls with it.
            let (tally, closed, caught_up) = tokio::join!(
                lanes::deliver_everything(app, provider, run),
                connections::close_expired(app, run),
                read_marks::catch_up(app, run),
            );
            let (tally, closed) = (tally?, closed?);
            caught_up?;
            report(app, tally, Some(closed)).await
        }
    }
}

async fn list_parked(app: &App) -> Result<Value, Error> {
    let rows = outbox::parked(&app.db).await?;
    Ok(json!({"parked": rows.iter().map(present).collect::<Vec<_>>()}))
}

/// In steps, until none is left or the time is over; `more` says that there may be.
async fn retry_parked(app: &App, run: Run) -> Result<Value, Error> {
    let mut unparked = 0;
    loop {
        let step = outbox::unpark(&app.db, UNPARK_STEP).await?;
        unparked += step;
        let more = step == UNPARK_STEP;
        if !more || run.is_over() {
            return Ok(json!({"unparked": unparked, "more": more}));
        }
    }
}

/// What a run did.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    tally: Tally,
    #[serde(skip_serializing_if = "Option::is_none")]
    connections_closed: Option<usize>,
    /// Rows that wait for a person, those of earlier runs too.
    parked: i64,
}

async fn report(
    app: &App,
    tally: Tally,
    connections_closed: Option<usize>,
) -> Result<Value, Error> {
    let state = outbox::state(&app.db, std::time::Duration::ZERO).await?;
    app.metrics.add(Metric::OutboxAgeSeconds, state.age_seconds);
    app.metrics.count(Metric::OutboxParked, usize::try_from(state.parked).unwrap_or_default());
    let report = Report { tally, connections_closed, parked: state.parked };
    serde_json::to_value(report).map_err(|_| Error::Internal(Cause::new("a report is JSON")))
}

fn present(parked: &Parked) -> Value {
    json!({
        "session_id": parked.session_id,
        "change": parked.change,
        "seq": (parked.seq > 0).then_some(parked.seq),
        "work": parked.work,
        "attempts": parked.attempts,
        "parked_at": timestamp::text(parked.parked_at).unwrap_or_default(),
    })
}
