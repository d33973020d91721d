//! Sends one after another in a warm environment, beside their statement run by pgbench.

use crate::{
    environment::Function,
    event, peers,
    pgbench::{self, Amount, Script},
    place::Place,
    report::Report,
    senders::{self, DENTIST},
    statistics::percentile,
};
use rand::random_range;

const ROUNDS: usize = 7;
const SENDS: usize = 300;
const SESSIONS: i64 = 2_000;
/// The default of `SEND_BURST`.
const BURST: u32 = 30;

/// What one program did, by round.
#[derive(Default)]
struct Series {
    median: Vec<f64>,
    tail: Vec<f64>,
    cpu: Vec<f64>,
    memory: Vec<f64>,
}

/// Each round: every program's sends, then as many transactions of pgbench.
pub async fn run(place: &Place) -> Report {
    let sessions = senders::sessions(place, SESSIONS).await;
    let script = Script::append(DENTIST, sessions.0, sessions.1, BURST);
    let mut programs = vec![("send-message", place.function("send-message", 1, &[]).await)];
    if let Some(program) = peers::bare_program(place) {
        programs.push((peers::BARE, peers::bare(place, &program).await));
    }
    programs.extend(peers::start(place, 1, &[]).await);
    let mut series: Vec<Series> = programs.iter().map(|_| Series::default()).collect();
    let (mut statement, mut statement_tail) = (Vec::new(), Vec::new());
    for (_, function) in &programs {
        sends(function, sessions, &mut Series::default()).await;
    }
    for _ in 0..ROUNDS {
        for ((_, function), series) in programs.iter().zip(&mut series) {
            sends(function, sessions, series).await;
        }
        let run = pgbench::run(place, &script, 1, Amount::Transactions(SENDS)).await;
        statement.push(run.median());
        statement_tail.push(percentile(&run.latencies, 99));
    }
    senders::assert_no_gaps(place, sessions).await;
    let names: Vec<_> = programs.iter().map(|(name, _)| *name).collect();
    for (_, function) in programs {
        function.stop().await;
    }
    report(&names, &series, statement, statement_tail)
}

async fn sends(function: &Function, (first, last): (i64, i64), series: &mut Series) {
    let mut times = Vec::with_capacity(SENDS);
    let mut cpu = None;
    for _ in 0..SENDS {
        let event = event::send(&senders::dentist(), random_range(first..=last));
        times.push(function.invoke(event).await.expect(201).took);
        // What follows the answer is not the next sender's to wait for.
        function.rest().await;
        cpu = cpu.or_else(|| Some(function.process().cpu()));
    }
    let process = function.process();
    let invocations = f64::from(u32::try_from(SENDS - 1).unwrap_or(u32::MAX));
    series.cpu.push((process.cpu() - cpu.unwrap_or_default()) / invocations);
    series.memory.push(process.memory());
    series.median.push(percentile(&times, 50));
    series.tail.push(percentile(&times, 99));
}

fn report(names: &[&str], series: &[Series], statement: Vec<f64>, tail: Vec<f64>) -> Report {
    let work = format!(
        "{SENDS} sends a round, one after another, in one warm environment: from the invocation to \
         the answer. pgbench runs the same statement with one client, prepared, as the same role."
    );
    let mut report = Report::new("warm-send", work, ROUNDS);
    let own = &series[0];
    let over: Vec<f64> = own.median.iter().zip(&statement).map(|(own, bare)| own - bare).collect();
    for (name, series) in names.iter().zip(series) {
        report.row(format!("{name}, p50"), "ms", series.median.clone());
        report.row(format!("{name}, p99"), "ms", series.tail.clone());
        report.row(format!("{name}, CPU an invocation"), "ms", series.cpu.clone());
        report.row(format!("{name}, resident memory"), "MB", series.memory.clone());
    }
    let statement = report.row("the statement by pgbench, p50", "ms", statement);
    report.row("the statement by pgbench, p99", "ms", tail);
    let over = report.row("send-message p50 − the statement's", "ms", over);
    let median = |values: &[f64]| percentile(values, 50);
    report.at_most("send-message over the statement at p50, ms", over, 0.4);
    report.at_most("p50 ÷ the statement's", median(&own.median) / statement, 1.4);
    report.at_most("resident memory, MB", median(&own.memory), 10.0);
    for (name, peer) in names.iter().zip(series).skip(1) {
        let most = if *name == peers::BARE { 1.3 } else { 0.5 };
        report.at_most(format!("CPU ÷ {name}'s"), median(&own.cpu) / median(&peer.cpu), most);
    }
    report
}
