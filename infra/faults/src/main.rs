//! `chat-faults [storm] [fail-points] [slow-provider] [pushes]`: all parts, or those that are named.
//! Each has a stack of its own. Writes `bench-results/faults.json`; status 1 when a promise is broken.

use chat_e2e::PrivateStack;
use chat_faults::{
    fail_points::{DEATHS, MortalStack, Survival},
    pushes::{self, Ringing},
    report::Report,
    slow_provider::{self, Comparison},
    storm::{self, Plan, Storm, Weather},
};
use std::{env, path::Path, process::ExitCode, time::Duration};

/// Where the report goes.
const REPORT: &str = "bench-results/faults.json";
/// The parts, in the order in which they run.
const PARTS: [&str; 4] = ["storm", "fail-points", "slow-provider", "pushes"];
/// Load without a limit on a sender's pace.
const UNLIMITED: (&str, &str) = ("SEND_BURST", "0");
/// The long storm.
const STORM: Plan = Plan {
    weather: Weather::Everything,
    online: 9,
    offline: 3,
    acknowledged: 10_000,
    kills: 20,
    restarts: 2,
    patience: Duration::from_mins(3),
    is_in_a_hurry: false,
};

#[tokio::main]
async fn main() -> ExitCode {
    let wanted: Vec<String> = env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|part| !PARTS.contains(&part.as_str())) {
        eprintln!("there is no part {unknown}; there are {}", PARTS.join(", "));
        return ExitCode::FAILURE;
    }
    let is_wanted = |part: &str| wanted.is_empty() || wanted.iter().any(|name| name == part);
    let mut report = Report::default();
    for part in PARTS.into_iter().filter(|part| is_wanted(part)) {
        eprintln!("── {part}");
        match part {
            "storm" => report.storm = Some(run_storm().await),
            "fail-points" => report.fail_points = die_everywhere().await,
            "slow-provider" => report.slow_provider = Some(compare().await),
            _ => report.pushes = Some(ring().await),
        }
    }
    report.print();
    if let Err(error) = report.write(Path::new(REPORT)) {
        eprintln!("{REPORT} cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    println!("written to {REPORT}");
    if report.broken().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run_storm() -> Storm {
    let private = PrivateStack::start(&[UNLIMITED, ("REDELIVER_EVERY_SECONDS", "5")]);
    storm::run(&private.stack(), &STORM).await
}

async fn die_everywhere() -> Vec<Survival> {
    let stack = MortalStack::start();
    let mut survivals = Vec::new();
    for death in &DEATHS {
        survivals.push(stack.survive(death).await);
    }
    survivals
}

async fn compare() -> Comparison {
    let private = PrivateStack::start(&[UNLIMITED]);
    slow_provider::compare(&private.stack(), 7, 1_000).await
}

async fn ring() -> Ringing {
    // The template's own schedule: that is the point of it.
    let private = PrivateStack::start(&[]);
    pushes::ring(&private.stack()).await
}
