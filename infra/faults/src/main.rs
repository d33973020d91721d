//! `chat-faults [storm] [fail-points] [slow-provider] [pushes] [flood] [outage] [growth] [phones]`: all
//! parts, or those that are named.
//! Each has a stack of its own. Writes `bench-results/faults.json`; status 1 when a promise is broken.

use chat_e2e::PrivateStack;
use chat_faults::{
    fail_points::{DEATHS, MortalStack, Survival},
    flood::{self, Flood},
    growth::{self, Growth},
    outage::{self, Outage},
    phones,
    pushes::{self, Ringing},
    report::Report,
    slow_provider::{self, Comparison},
    storm::{self, Plan, Storm, Weather},
};
use std::{env, path::Path, process::ExitCode, str::FromStr, time::Duration};

/// Where the report goes.
const REPORT: &str = "bench-results/faults.json";
/// The parts, in the order in which they run.
const PARTS: [&str; 8] =
    ["storm", "fail-points", "slow-provider", "pushes", "flood", "outage", "growth", "phones"];
/// Load without a limit on a sender's pace.
const UNLIMITED: (&str, &str) = ("SEND_BURST", "0");
/// Connections to the databases can be forgotten.
const FORGETFUL: (&str, &str) = ("FORGETFUL_NETWORK", "1");
/// Nothing runs by the clock.
const NO_SCHEDULE: (&str, &str) = ("REDELIVER_EVERY_SECONDS", "1000000");
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
/// Minutes that the provider is away: an hour where that part is named.
const OUTAGE_MINUTES: u64 = 60;
/// The same among all parts.
const SHORT_OUTAGE_MINUTES: u64 = 2;
/// The many deaths of two phones.
const PHONES: phones::Plan = phones::Plan { kills: 1_000, kills_per_function_kill: 10 };

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
            "pushes" => report.pushes = Some(ring().await),
            "flood" => report.flood = Some(flood().await),
            "outage" => report.outage = Some(watch(wanted.is_empty()).await),
            "growth" => report.growth = Some(grow().await),
            _ => report.phones = Some(kill_phones().await),
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
    let settings =
        [UNLIMITED, FORGETFUL, ("REDELIVER_EVERY_SECONDS", "5"), ("RETENTION_DAYS", "1")];
    let private = PrivateStack::start(&settings);
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

async fn kill_phones() -> phones::Deaths {
    let private = PrivateStack::start(&[UNLIMITED]);
    phones::kill(&private.stack(), &PHONES).await
}

async fn flood() -> Flood {
    let private = PrivateStack::start(&[NO_SCHEDULE]);
    flood::flood(&private.stack()).await
}

async fn watch(is_one_of_all: bool) -> Outage {
    let minutes = setting("MINUTES");
    let minutes =
        minutes.unwrap_or(if is_one_of_all { SHORT_OUTAGE_MINUTES } else { OUTAGE_MINUTES });
    // The template's own schedule, and environments as many as there would be.
    let private = PrivateStack::start(&[UNLIMITED]);
    outage::watch(&private.stack(), 20_000, Duration::from_secs(60 * minutes)).await
}

async fn grow() -> Growth {
    let private = PrivateStack::start(&[UNLIMITED, NO_SCHEDULE, ("AUTO_ARCHIVE_DAYS", "1")]);
    growth::grow(&private.stack(), setting("ARCHIVED").unwrap_or(2_000_000), 500_000).await
}

/// A number from the environment.
fn setting<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok().and_then(|value| value.parse().ok())
}
