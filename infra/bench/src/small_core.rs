//! What a function does with the share of a core that Lambda gives for 256 MB.

use crate::{
    environment::Function, event, place::Place, report::Report, senders, statistics::percentile,
};
use rand::random_range;

/// Lambda gives one core for 1,769 MB.
const SHARE: &str = "0.14";
const ROUNDS: usize = 3;
const STARTS: usize = 10;
const SENDS: usize = 300;
const SESSIONS: i64 = 200;
/// Nobody listens here.
const NOWHERE: &str = "127.0.0.1:1";

/// What is started, with which variables, and how the answer must be.
type Kind<'a> = (&'static str, &'a [(&'a str, &'a str)], Option<i64>);

/// Cold and warm sends, and what a cold one consists of.
pub async fn run(place: &Place) -> Report {
    let sessions = senders::sessions(place, SESSIONS).await;
    let work = format!(
        "`send-message` with {SHARE} of a core (`CPU_SHARE`), as on Lambda with 256 MB: {STARTS} cold \
         starts to the first acknowledged send, {SENDS} warm sends, in each round. A process may use its \
         share of 20 ms at once and is then stopped, so that a start takes its processor time ÷ {SHARE}."
    );
    let mut report = Report::new("small-core", work, ROUNDS);
    let cold = starts(place, sessions, &mut report).await;
    let warm = warm(place, sessions, &mut report).await;
    report.at_most("a cold send acknowledged, slowest, ms", cold, 500.0);
    report.at_most("warm p99, ms", warm, 60.0);
    report
}

/// Cold starts with ever more to do; gives the slowest of the last kind.
async fn starts(place: &Place, sessions: (i64, i64), report: &mut Report) -> f64 {
    let settings = place.functions().iter().find(|function| function.name == "send-message");
    let url = |name: &str| {
        let settings = settings.expect("the template has send-message");
        nowhere(settings.environment.get(name).map_or("", String::as_str))
    };
    let (database, jarvis) = (url("DATABASE_URL"), url("JARVIS_URL"));
    let kinds: [Kind<'_>; 4] = [
        (
            "the program and its runtime, both databases refusing",
            &[("DATABASE_URL", &database), ("JARVIS_URL", &jarvis)],
            None,
        ),
        ("… with PostgreSQL, its statements prepared", &[("JARVIS_URL", &jarvis)], None),
        ("… and Jarvis: everything before the first request", &[], None),
        ("a cold send, acknowledged", &[], Some(201)),
    ];
    let mut slowest = 0.0;
    for (what, changes, status) in kinds {
        let function = place.small("send-message", SHARE, changes).await;
        let (mut times, mut cpu, mut most) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let mut round = (Vec::new(), Vec::new());
            for _ in 0..STARTS {
                let (took, used) = start(&function, sessions, status).await;
                round.0.push(took);
                round.1.push(used);
            }
            times.push(percentile(&round.0, 50));
            cpu.push(percentile(&round.1, 50));
            most.push(percentile(&round.0, 100));
        }
        function.stop().await;
        slowest = most.iter().copied().fold(0.0, f64::max);
        report.row(what, "ms", times);
        report.row("· the slowest", "ms", most);
        report.row("· its processor time", "ms", cpu);
    }
    slowest
}

/// One start; what it took until the answer, and the processor time that the process had used then.
async fn start(function: &Function, (first, last): (i64, i64), status: Option<i64>) -> (f64, f64) {
    function.kill().await;
    let event = match status {
        Some(_) => event::send(&senders::dentist(), random_range(first..=last)),
        // Refused before anyone is looked up: what it takes is the start.
        None => event::nothing(&senders::dentist()),
    };
    let answer = function.invoke(event).await;
    let cpu = function.process().cpu();
    let took = answer.took;
    if let Some(status) = status {
        answer.expect(status);
    }
    function.rest().await;
    (took, cpu)
}

async fn warm(place: &Place, (first, last): (i64, i64), report: &mut Report) -> f64 {
    let function = place.small("send-message", SHARE, &[("SEND_BURST", "0")]).await;
    let (mut median, mut tail) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut times = Vec::new();
        for _ in 0..SENDS {
            let event = event::send(&senders::dentist(), random_range(first..=last));
            times.push(function.invoke(event).await.expect(201).took);
            function.rest().await;
        }
        median.push(percentile(&times, 50));
        tail.push(percentile(&times, 99));
    }
    function.stop().await;
    report.row("a warm send, p50", "ms", median);
    report.row("a warm send, p99", "ms", tail)
}

/// The same URL, where nobody answers.
fn nowhere(url: &str) -> String {
    let (start, rest) = url.rsplit_once('@').unwrap_or(("", url));
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    format!("{start}@{NOWHERE}/{path}")
}
