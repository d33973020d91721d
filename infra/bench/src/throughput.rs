//! Acknowledged messages a second over many sessions, beside the statement run by pgbench.

use crate::{
    environment::Function,
    load::{self, CLIENTS, SECONDS},
    peers,
    pgbench::{self, Amount, Script},
    place::Place,
    report::Report,
    senders::{self, DENTIST},
};

const ROUNDS: usize = 3;
const SESSIONS: i64 = 2_000;
const NO_LIMIT: [(&str, &str); 1] = [("SEND_BURST", "0")];

/// What a program is called in the report, and its environments.
pub type Program = (&'static str, Function);

/// Each round: the service, its peers, then pgbench.
pub async fn run(place: &Place) -> Report {
    let work = format!(
        "{CLIENTS} senders and {CLIENTS} environments over {SESSIONS} sessions for {SECONDS} \
         seconds; clients, Lambda service, functions and database share the cores. pgbench runs the \
         same statement with {CLIENTS} clients."
    );
    let mut programs = vec![own(place).await];
    programs.extend(peers::start(place, CLIENTS, &NO_LIMIT).await);
    let report = Report::new("send-throughput", work, ROUNDS);
    compare(place, report, SESSIONS, 0.6, programs).await
}

/// The service, with no limit on a sender's pace, which would end the measurement.
pub async fn own(place: &Place) -> Program {
    ("acknowledged messages", place.function("send-message", CLIENTS, &NO_LIMIT).await)
}

/// The service, then its peers, and pgbench in so many sessions; the service must reach a part of
/// pgbench's rate, and twice each peer's.
pub async fn compare(
    place: &Place,
    mut report: Report,
    sessions: i64,
    part: f64,
    programs: Vec<Program>,
) -> Report {
    let sessions = senders::sessions(place, sessions).await;
    let script = Script::append(DENTIST, sessions.0, sessions.1, 0);
    let mut rates = vec![Vec::new(); programs.len()];
    let mut statement = Vec::new();
    // The first round warms everything up.
    for round in 0..=ROUNDS {
        for ((_, program), rates) in programs.iter().zip(&mut rates) {
            let rate = load::acknowledged(program, sessions).await;
            program.rest().await;
            rates.extend((round > 0).then_some(rate));
        }
        if round > 0 {
            let run = pgbench::run(place, &script, CLIENTS, Amount::Seconds(SECONDS)).await;
            statement.push(run.rate);
        }
    }
    senders::assert_no_gaps(place, sessions).await;
    let mut names = Vec::new();
    for (name, program) in programs {
        program.stop().await;
        names.push(name);
    }
    for (name, rates) in names.iter().zip(&rates) {
        report.row(*name, "a second", rates.clone());
    }
    for (name, peer) in names.iter().zip(&rates).skip(1) {
        let ratio = report.row(format!("acknowledged ÷ {name}'s"), "×", ratios(&rates[0], peer));
        report.at_least(format!("times {name}'s rate"), ratio, 2.0);
    }
    let ratio = ratios(&rates[0], &statement);
    report.row("the statement by pgbench", "a second", statement);
    let ratio = report.row("acknowledged ÷ pgbench", "×", ratio);
    report.at_least("part of pgbench's rate", ratio, part);
    report
}

/// Round by round.
fn ratios(own: &[f64], other: &[f64]) -> Vec<f64> {
    own.iter().zip(other).map(|(own, other)| own / other).collect()
}
