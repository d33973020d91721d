//! The first page of small and of large inboxes.

use crate::{
    event::{self, Caller},
    large_database,
    place::Place,
    plans,
    report::Report,
    statistics::percentile,
};
use std::time::{Instant, SystemTime};
use tokio_postgres::{Client, types::Type};

/// What the service runs for a page of an inbox.
const LIST: &str = include_str!("../../../shared/src/store/sessions/list.sql");

const ROUNDS: usize = 9;
const PAGES: usize = 100;
const LIMIT: i64 = 20;

/// Dentists and what they have; `sql/history.sql` makes it.
const INBOXES: [(i64, &str); 3] =
    [(4, "50 sessions"), (5, "20,000 sessions"), (6, "50 sessions, one of a million messages")];

/// Each round: every inbox, by the operation and by the bare statement.
pub async fn run(place: &Place) -> Report {
    large_database::fill(place).await;
    let function = place.function("list-sessions", 1, &[]).await;
    let service = place.service().await;
    let types = [Type::TEXT, Type::INT8, Type::TEXT, Type::TIMESTAMPTZ, Type::INT8, Type::INT8];
    let statement = service.prepare_typed(LIST, &types).await.expect("the statement is valid");
    let mut operation = INBOXES.map(|_| Vec::new());
    let mut bare = INBOXES.map(|_| Vec::new());
    for round in 0..=ROUNDS {
        for (index, (dentist, _)) in INBOXES.iter().enumerate() {
            let (mut by_operation, mut by_statement) = (Vec::new(), Vec::new());
            for _ in 0..PAGES {
                let answer = function.invoke(event::inbox(&Caller::dentist(*dentist))).await;
                let answer = answer.expect(200);
                let count = answer.body["sessions"].as_array().map(Vec::len);
                assert_eq!(count, usize::try_from(LIMIT).ok(), "a whole page");
                by_operation.push(answer.took);
                function.rest().await;
                let nothing: (Option<SystemTime>, Option<i64>) = (None, None);
                let began = Instant::now();
                let (role, status) = ("dentist", "active");
                service
                    .query(&statement, &[&role, dentist, &status, &nothing.0, &nothing.1, &LIMIT])
                    .await
                    .expect("a page");
                by_statement.push(began.elapsed().as_secs_f64() * 1_000.0);
            }
            // The first round warms everything up.
            if round > 0 {
                operation[index].push(percentile(&by_operation, 50));
                bare[index].push(percentile(&by_statement, 50));
            }
        }
    }
    function.stop().await;
    let mut report = Report::new("inbox", work(), ROUNDS);
    for (what, times) in [("list-sessions", operation), ("the SELECT alone", bare)] {
        let medians = INBOXES
            .iter()
            .zip(times)
            .map(|((_, inbox), times)| report.row(format!("{what}, {inbox}"), "ms", times));
        let medians: Vec<f64> = medians.collect();
        let most = medians.iter().copied().fold(0.0, f64::max);
        let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
        report.at_most(format!("{what}: largest ÷ smallest"), most / least, 1.2);
    }
    note_plans(&service, &mut report).await;
    report
}

async fn note_plans(service: &Client, report: &mut Report) {
    let prepared =
        format!("PREPARE list (text, bigint, text, timestamptz, bigint, bigint) AS {LIST}");
    let executions = [
        ("50 sessions", "list ('dentist', 4, 'active', NULL, NULL, 20)"),
        ("20,000 sessions", "list ('dentist', 5, 'active', NULL, NULL, 20)"),
    ];
    plans::note(service, report, &prepared, &executions).await;
}

fn work() -> String {
    format!(
        "The median of {PAGES} first pages of {LIMIT} sessions a round, last messages included, \
         beside five million messages; the operation also asks Jarvis for the names."
    )
}
