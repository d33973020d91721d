//! Pages of short and of long sessions.

use crate::{
    environment::Function,
    event::{self, Caller},
    large_database,
    place::Place,
    plans,
    report::Report,
    statistics::percentile,
};
use rand::random_range;
use std::time::Instant;
use tokio_postgres::{Client, Statement, types::Type};

/// What the service runs for a page.
const PAGE: &str = include_str!("../../../shared/src/store/messages/page.sql");

const ROUNDS: usize = 9;
const PAGES: usize = 100;
/// Rows of a page when nobody asks for another number.
const LIMIT: i64 = 50;
/// The customer of all three sessions; one of the demo's people.
const CUSTOMER: i64 = 1;

/// Sessions and their lengths; `sql/history.sql` makes them.
const SESSIONS: [(i64, i64); 3] = [(1001, 100), (1002, 10_000), (1003, 1_000_000)];
const KINDS: [&str; 3] = ["newest", "after", "before"];

/// Each round: every kind of page of every session, by the operation and by the bare statement.
pub async fn run(place: &Place) -> Report {
    large_database::fill(place).await;
    let function = place.function("list-messages", 1, &[]).await;
    let service = place.service().await;
    let types = [Type::INT8, Type::TEXT, Type::INT8, Type::TEXT, Type::INT8, Type::INT8];
    let statement = service.prepare_typed(PAGE, &types).await.expect("the statement is valid");
    let pages = SESSIONS.map(|session| KINDS.map(|kind| (session, kind)));
    let pages: Vec<_> = pages.into_iter().flatten().collect();
    let mut operation = vec![Vec::new(); pages.len()];
    let mut bare = vec![Vec::new(); pages.len()];
    for round in 0..=ROUNDS {
        for (index, ((session, length), kind)) in pages.iter().enumerate() {
            let by_operation = invoke(&function, *session, *length, kind).await;
            let by_statement = select(&service, &statement, *session, *length, kind).await;
            // The first round warms everything up.
            if round > 0 {
                operation[index].push(by_operation);
                bare[index].push(by_statement);
            }
        }
    }
    function.stop().await;
    let mut report = Report::new("history", work(), ROUNDS);
    for (what, times) in [("list-messages", operation), ("the SELECT alone", bare)] {
        let mut of_kind = KINDS.map(|_| Vec::new());
        for (((_, length), kind), times) in pages.iter().zip(times) {
            let median = report.row(format!("{what}, {kind}, {length} messages"), "ms", times);
            let index = KINDS.iter().position(|other| other == kind).unwrap_or_default();
            of_kind[index].push(median);
        }
        for (kind, medians) in KINDS.iter().zip(of_kind) {
            let most = medians.iter().copied().fold(0.0, f64::max);
            let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
            report.at_most(format!("{what}, {kind}: largest ÷ smallest"), most / least, 1.2);
        }
    }
    note_plans(&service, &mut report).await;
    report
}

async fn note_plans(service: &Client, report: &mut Report) {
    let prepared = format!("PREPARE page (bigint, text, bigint, text, bigint, bigint) AS {PAGE}");
    let executions = [
        ("100 messages, newest", "page (1001, 'customer', 1, 'newest', 0, 50)"),
        ("1,000,000 messages, newest", "page (1003, 'customer', 1, 'newest', 0, 50)"),
        ("1,000,000 messages, before", "page (1003, 'customer', 1, 'before', 500000, 50)"),
    ];
    plans::note(service, report, &prepared, &executions).await;
}

fn work() -> String {
    format!(
        "The median of {PAGES} pages of {LIMIT} messages a round, at random places, of sessions of \
         100, 10,000 and 1,000,000 messages in a table of five million."
    )
}

/// Any cursor at which a whole page lies on the asked side.
fn cursor(length: i64, kind: &str) -> i64 {
    match kind {
        "after" => random_range(0..=length - LIMIT),
        "before" => random_range(LIMIT + 1..=length + 1),
        _ => 0,
    }
}

async fn invoke(function: &Function, session: i64, length: i64, kind: &str) -> f64 {
    let mut times = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let cursor = (kind != "newest").then(|| (kind, cursor(length, kind)));
        let event = event::messages(&Caller::customer(CUSTOMER), session, cursor);
        let answer = function.invoke(event).await.expect(200);
        let count = answer.body["messages"].as_array().map(Vec::len);
        assert_eq!(count, usize::try_from(LIMIT).ok(), "a whole page");
        times.push(answer.took);
        function.rest().await;
    }
    percentile(&times, 50)
}

async fn select(
    service: &Client,
    statement: &Statement,
    session: i64,
    length: i64,
    kind: &str,
) -> f64 {
    let mut times = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let cursor = cursor(length, kind);
        let began = Instant::now();
        let rows = service
            .query(statement, &[&session, &"customer", &CUSTOMER, &kind, &cursor, &LIMIT])
            .await
            .expect("a page");
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(i64::try_from(rows.len()), Ok(LIMIT), "a whole page");
    }
    percentile(&times, 50)
}
