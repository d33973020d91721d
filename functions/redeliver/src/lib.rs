//! On a schedule, and when `send-message` wakes it: what is owed is delivered, and connections whose
//! time is over are closed. Also an operator's tool for what was given up.

mod connections;
mod deliver;
mod news;
mod provider;
mod push;
mod secret;

pub use provider::Provider;

use chat::{
    app::App,
    delivery::OUTBOX_GRACE,
    error::Error,
    fail_point,
    store::{
        news as untold,
        outbox::{self, Parked},
    },
};
use deliver::{Outcome, Tally};
use futures_util::future::join_all;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use time::format_description::well_known::Rfc3339;
use tokio::time::sleep;

/// Rows taken by one statement, and worked on at once.
const BATCH: i64 = 16;
/// How long taken rows are nobody else's; longer than a row is worked on.
const LEASE: Duration = Duration::from_secs(30);
/// When to leave the rest to the next run; well inside the function's timeout.
const LONGEST_RUN: Duration = Duration::from_secs(40);

/// What a run is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Deliver everything that was committed before the run began, and close old connections.
    Everything,
    /// Deliver what is due now: somebody's phone is to ring.
    WhatIsDue,
    /// List the rows that were given up.
    ListParked,
    /// Try the rows that were given up once more.
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

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    tally: Tally,
    connections_closed: usize,
    parked: i64,
}

/// Does what it is asked, and reports.
///
/// # Errors
/// [`Error::Unavailable`] when the database does not answer; what was taken comes back when its
/// lease runs out.
pub async fn handle(app: &App, provider: &Provider, command: Command) -> Result<Value, Error> {
    match command {
        Command::ListParked => {
            let rows = outbox::parked(&app.db).await?;
            Ok(json!({"parked": rows.iter().map(present).collect::<Vec<_>>()}))
        }
        Command::RetryParked => Ok(json!({"unparked": outbox::unpark(&app.db).await?})),
        Command::WhatIsDue => {
            let tally = deliver_due(app, provider, Instant::now()).await?;
            report(app, tally, 0).await
        }
        Command::Everything => {
            let began = Instant::now();
            let delivered = deliver_everything(app, provider, began).await;
            // Whatever became of that, nobody stays connected beyond their time.
            let closed = connections::close_expired(app, began).await?;
            report(app, delivered?, closed).await
        }
    }
}

async fn deliver_everything(
    app: &App,
    provider: &Provider,
    began: Instant,
) -> Result<Tally, Error> {
    let mut tally = deliver_due(app, provider, began).await?;
    // The newest rows are left to their own invocations for a moment. What is still there after it
    // is delivered here.
    if outbox::state(&app.db, OUTBOX_GRACE).await?.soon_due {
        sleep(OUTBOX_GRACE).await;
        tally += deliver_due(app, provider, began).await?;
    }
    Ok(tally)
}

async fn deliver_due(app: &App, provider: &Provider, began: Instant) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    while began.elapsed() < LONGEST_RUN {
        // Neither waits for the other, nor falls with it.
        let (messages, news) = tokio::join!(deliver_batch(app, provider), tell_batch(app));
        let (messages, news) = (messages?, news?);
        if messages.is_empty() && news.is_empty() {
            break;
        }
        messages.into_iter().chain(news).for_each(|outcome| tally.count(outcome));
    }
    Ok(tally)
}

async fn deliver_batch(app: &App, provider: &Provider) -> Result<Vec<Outcome>, Error> {
    let batch = outbox::take(&app.db, BATCH, LEASE).await?;
    if !batch.is_empty() {
        fail_point::reach("redeliver/taken");
    }
    Ok(join_all(batch.into_iter().map(|taken| deliver::deliver(app, provider, taken))).await)
}

async fn tell_batch(app: &App) -> Result<Vec<Outcome>, Error> {
    let batch = untold::take(&app.db, BATCH, LEASE).await?;
    Ok(news::tell_all(app, batch).await)
}

async fn report(app: &App, tally: Tally, connections_closed: usize) -> Result<Value, Error> {
    let state = outbox::state(&app.db, Duration::ZERO).await?;
    app.metrics.add("OutboxAgeSeconds", state.age_seconds);
    app.metrics.count("OutboxParked", usize::try_from(state.parked).unwrap_or_default());
    let report = Report { tally, connections_closed, parked: state.parked };
    Ok(serde_json::to_value(report).unwrap_or_default())
}

fn present(parked: &Parked) -> Value {
    json!({
        "kind": parked.kind,
        "message_id": parked.message_id,
        "session_id": parked.session_id,
        "seq": parked.seq,
        "attempts": parked.attempts,
        "parked_at": parked.parked_at.format(&Rfc3339).unwrap_or_default(),
    })
}
