//! Acknowledged messages a second over many sessions, beside the statement run by pgbench.

use crate::{
    load::{self, CLIENTS, SECONDS},
    pgbench::{self, Amount, Script},
    place::Place,
    report::Report,
    senders::{self, DENTIST},
};

const ROUNDS: usize = 3;
const SESSIONS: i64 = 2_000;

/// Each round: the service, then pgbench.
pub async fn run(place: &Place) -> Report {
    let work = format!(
        "{CLIENTS} senders and {CLIENTS} environments over {SESSIONS} sessions for {SECONDS} \
         seconds; clients, Lambda service, functions and database share the cores. pgbench runs the \
         same statement with {CLIENTS} clients."
    );
    compare(place, Report::new("send-throughput", work, ROUNDS), SESSIONS, 0.4).await
}

/// The service and pgbench in so many sessions; the service must reach a part of pgbench's rate.
pub async fn compare(place: &Place, mut report: Report, sessions: i64, part: f64) -> Report {
    let sessions = senders::sessions(place, sessions).await;
    let script = Script::append(DENTIST, sessions.0, sessions.1, 0);
    let function = place.function("send-message", CLIENTS, &[("SEND_BURST", "0")]).await;
    load::acknowledged(&function, sessions).await;
    let (mut service, mut statement) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        service.push(load::acknowledged(&function, sessions).await);
        function.rest().await;
        statement.push(pgbench::run(place, &script, CLIENTS, Amount::Seconds(SECONDS)).await.rate);
    }
    senders::assert_no_gaps(place, sessions).await;
    function.stop().await;
    let ratios = service.iter().zip(&statement).map(|(own, bare)| own / bare).collect();
    report.row("acknowledged messages", "a second", service);
    report.row("the statement by pgbench", "a second", statement);
    let ratio = report.row("acknowledged ÷ pgbench", "×", ratios);
    report.at_least("part of pgbench's rate", ratio, part);
    report
}
