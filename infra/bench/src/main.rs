//! `chat-bench [--strict] [name…]`: runs the benchmarks of these names, or all of them. Each starts what it
//! needs from the programs that deploy, prints a Markdown table, and writes it beside a chart and a JSON file
//! into `bench-results/`. With `--strict` it fails when a target was missed.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a benchmark that cannot go on should panic where it stands"
)]

mod bill;
mod billing;
mod calls;
mod capacity;
mod chart;
mod cold;
mod conversation;
mod core;
mod counters;
mod delivery;
mod device;
mod environment;
mod event;
mod history;
mod hot;
mod idle_hour;
mod inbox;
mod instructions;
mod large_database;
mod load;
mod machine;
mod mark_read;
mod peers;
mod pgbench;
mod place;
mod plans;
mod process;
mod report;
mod senders;
mod server;
mod size;
mod small_core;
mod statistics;
mod storage;
mod storm;
mod sync;
mod throughput;
mod warm;

use machine::Machine;
use place::Place;
use report::{RESULTS, Report};
use std::{env, path::Path, process::ExitCode};

/// In this order: the one that makes the database large comes last.
const BENCHMARKS: [&str; 16] = [
    "size",
    "core",
    "cold-to-ack",
    "small-core",
    "bill",
    "warm-send",
    "calls",
    "instructions",
    "send-throughput",
    "hot-session",
    "delivery",
    "capacity",
    "history",
    "inbox",
    "sync",
    "mark-read",
];

const STRICT: &str = "--strict";

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let (options, wanted): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|word| word == STRICT);
    if let Some(unknown) = wanted.iter().find(|name| !BENCHMARKS.contains(&name.as_str())) {
        eprintln!("error: there is no benchmark {unknown}: choose of {}", BENCHMARKS.join(", "));
        return ExitCode::FAILURE;
    }
    let chosen = BENCHMARKS
        .into_iter()
        .filter(|name| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name));
    let place = match Place::start().await {
        Ok(place) => place,
        Err(failure) => {
            eprintln!("error: {failure}");
            return ExitCode::FAILURE;
        }
    };
    let (results, mut is_met) = (Path::new(RESULTS), true);
    for name in chosen {
        eprintln!("{name} …");
        let machine = Machine::look(&place).await;
        let report = run(name, &place).await;
        report.write(results, &machine).expect("results can be written");
        is_met &= report.is_met();
    }
    place.stop().await;
    if is_met || options.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(name: &str, place: &Place) -> Report {
    match name {
        "size" => size::run(place),
        "core" => core::run(place).await,
        "cold-to-ack" => cold::run(place).await,
        "small-core" => small_core::run(place).await,
        "bill" => bill::run(place).await,
        "warm-send" => warm::run(place).await,
        "calls" => calls::run(place).await,
        "instructions" => instructions::run(place).await,
        "send-throughput" => throughput::run(place).await,
        "hot-session" => hot::run(place).await,
        "delivery" => delivery::run(place).await,
        "capacity" => capacity::run(place).await,
        "history" => history::run(place).await,
        "inbox" => inbox::run(place).await,
        "sync" => sync::run(place).await,
        _ => mark_read::run(place).await,
    }
}
