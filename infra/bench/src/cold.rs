//! From the start of a process to its first acknowledged send.

use crate::{
    environment::Function, event, peers, place::Place, report::Report, senders,
    statistics::percentile,
};

const ROUNDS: usize = 5;
const STARTS: usize = 8;

/// Starts each program many times, in turn.
pub async fn run(place: &Place) -> Report {
    let (session, _) = senders::sessions(place, 1).await;
    let mut programs = vec![("send-message", place.function("send-message", 1, &LOAD).await)];
    programs.extend(peers::start(place, 1, &LOAD).await);
    let mut times = vec![Vec::new(); programs.len()];
    for _ in 0..ROUNDS {
        for ((_, function), times) in programs.iter().zip(&mut times) {
            let mut round = Vec::new();
            for _ in 0..STARTS {
                round.push(start(function, session).await);
            }
            times.push(percentile(&round, 50));
        }
    }
    let work = format!(
        "The start of a process to its first acknowledged send: both databases connected, the \
         caller looked up, the message committed. The median of {STARTS} starts in each round."
    );
    let mut report = Report::new("cold-to-ack", work, ROUNDS);
    let own = times[0].clone();
    let median = report.row("send-message", "ms", own.clone());
    for ((name, _), times) in programs.iter().zip(&times).skip(1) {
        report.row(*name, "ms", times.clone());
        let ratios = times.iter().zip(&own).map(|(peer, own)| peer / own).collect();
        let ratio = report.row(format!("{name} ÷ send-message"), "×", ratios);
        report.at_least(format!("{name} takes longer, times"), ratio, 10.0);
    }
    report.at_most("send-message, ms", median, 40.0);
    for (_, function) in programs {
        function.stop().await;
    }
    report
}

/// Without a limit on the sender's pace.
const LOAD: [(&str, &str); 1] = [("SEND_BURST", "0")];

async fn start(function: &Function, session: i64) -> f64 {
    function.kill().await;
    let answer = function.invoke(event::send(&senders::dentist(), session)).await.expect(201);
    function.rest().await;
    answer.took
}
