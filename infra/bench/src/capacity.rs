//! What one PostgreSQL carries: messages with everything that belongs to them, and whoever connects.

use crate::{
    conversation::{self, Part},
    counters::Counters,
    pgbench::{self, Amount},
    place::Place,
    report::Report,
    server::Server,
    storage,
    storm::{self, CONNECTIONS},
};
use chat_e2e::Database;
use std::thread;

const ROUNDS: usize = 3;
const CLIENTS: [usize; 3] = [1, 4, 16];
const SECONDS: u64 = 5;

/// How large a writer the notes speak of, and how busy: the other half is for the worst minute.
const WRITER: f64 = 32.0;
const BUSY: f64 = 0.5;
/// How many times the day's mean its busiest time has, and what a customer says a day.
const PEAK: f64 = 10.0;
const A_DAY: f64 = 10.0;

/// What a message cost the server.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// Messages a second.
    rate: f64,
    /// Processor time of all its processes, in milliseconds.
    processor: f64,
}

/// Messages at several widths and parts of them, then what they leave behind, then storms.
pub async fn run(place: &Place) -> Report {
    let database = place.stack.database().await;
    let server = Server::of(&database).await;
    let mut report = Report::new("capacity", work(), ROUNDS);
    let processor = carry(place, &database, server, &mut report).await;
    let kept = storage::run(place, &database, &mut report).await;
    let connection = storms(place, &database, server, &mut report).await;
    database.run(&format!("TRUNCATE {}", conversation::TABLES)).await;

    let rate = WRITER * BUSY * 1_000.0 / processor;
    let (mean, megabytes) = (rate / PEAK, rate * kept.wal / 1_000.0);
    report.note(format!(
        "A writer of {WRITER:.0} such cores, {BUSY} busy: {rate:.0} messages a second and {megabytes:.0} MB \
         of WAL a second. With {PEAK:.0} times the mean at the busiest time and {A_DAY:.0} messages a day \
         for each customer: {:.1} million customers, {:.1} TB a year.",
        mean * 86_400.0 / A_DAY / 1e6,
        mean * 86_400.0 * 365.0 * kept.storage / 1e9,
    ));
    report.note(format!(
        "1,000 environments that connect at once: {connection:.1} s of one core, without TLS.",
    ));
    report
}

/// The processor time of a message with everything, in milliseconds, with the most clients.
async fn carry(place: &Place, database: &Database, server: Server, report: &mut Report) -> f64 {
    let mut everything = CLIENTS.map(|_| Vec::new());
    let (mut settled, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        conversation::renew(database).await;
        for (costs, clients) in everything.iter_mut().zip(CLIENTS) {
            costs.push(cost(place, database, server, Part::Everything, clients).await);
        }
        settled.push(cost(place, database, server, Part::Settled, CLIENTS[1]).await);
        sent.push(cost(place, database, server, Part::Send, CLIENTS[1]).await);
    }
    for (costs, clients) in everything.iter().zip(CLIENTS) {
        let what = format!("messages with everything, clients: {clients}");
        report.row(what, "a second", costs.iter().map(|cost| cost.rate).collect());
    }
    let mut last = f64::NAN;
    for (costs, clients) in everything.iter().zip(CLIENTS) {
        let what = format!("processor of the server, everything, clients: {clients}");
        last = report.row(what, "ms a message", times(costs));
    }
    let [_, four, sixteen] = &everything;
    let a_core = times(sixteen).iter().map(|time| 1_000.0 / time).collect();
    report.row("messages with everything", "a second of one core", a_core);
    report.row("processor, stored alone, clients: 4", "ms a message", times(&sent));
    report.row("everything ÷ stored alone", "× processor", ratios(four, &sent));
    report.row("stored and settled ÷ stored alone", "× processor", ratios(&settled, &sent));
    last
}

async fn cost(
    place: &Place,
    database: &Database,
    server: Server,
    part: Part,
    clients: usize,
) -> Cost {
    let script = conversation::script(part, clients);
    let before = Counters::now(database).await;
    let began = server.processor();
    let rate = pgbench::run(place, &script, clients, Amount::Seconds(SECONDS)).await.rate;
    let processor = server.processor() - began;
    let messages = Counters::now(database).await.since(&before).of("messages");
    if part == Part::Send {
        database.run("DELETE FROM outbox").await;
    }
    Cost { rate, processor: processor / messages }
}

fn times(costs: &[Cost]) -> Vec<f64> {
    costs.iter().map(|cost| cost.processor).collect()
}

fn ratios(costs: &[Cost], beside: &[Cost]) -> Vec<f64> {
    costs.iter().zip(beside).map(|(cost, beside)| cost.processor / beside.processor).collect()
}

/// The processor time of 1,000 connections, in seconds.
async fn storms(place: &Place, database: &Database, server: Server, report: &mut Report) -> f64 {
    conversation::renew(database).await;
    let mut storms = Vec::new();
    for _ in 0..ROUNDS {
        storms.push(storm::rage(place, database, server).await);
    }
    let stages = ["opened", "opened and prepared", "opened, prepared, and one message sent"];
    let mut processor = f64::NAN;
    for (index, stage) in stages.iter().enumerate() {
        let times = storms.iter().map(|storm| storm.stages[index].processor).collect();
        processor = report.row(format!("processor, {stage}"), "ms a connection", times);
    }
    for (index, stage) in stages.iter().enumerate() {
        let memory = storms.iter().map(|storm| storm.stages[index].memory).collect();
        report.row(format!("memory of its own, {stage}"), "MB a connection", memory);
    }
    let took = storms.iter().map(|storm| storm.took).collect();
    report.row(format!("{CONNECTIONS} at once, until the last was prepared"), "ms", took);
    // Milliseconds for each of a thousand are seconds for all.
    processor
}

fn work() -> String {
    format!(
        "pgbench with the service's statements over 2,000 sessions. Everything: a message is stored and \
         settled, another is read with its page, marked as read, and the mark settled; both sides are \
         online. {SECONDS} seconds each, on {} cores that pgbench and the server share. A storm is of \
         {CONNECTIONS} connections.",
        thread::available_parallelism().map_or(0, usize::from),
    )
}
