//! A large database, and how PostgreSQL reads it.

use crate::{history, inbox, place::Place, report::Report};
use mysql_async::prelude::Queryable as _;
use tokio_postgres::Client;

const HISTORY: &str = include_str!("../sql/history.sql");
const PEOPLE: &str = include_str!("../sql/people.sql");

/// Fills the database with five million messages, once.
pub async fn fill(place: &Place) {
    place
        .large
        .get_or_init(async || {
            eprintln!("filling the database with five million messages …");
            let database = place.stack.database().await;
            database.run(HISTORY).await;
            for table in ["chat_sessions", "chat_messages"] {
                database.run(&format!("VACUUM ANALYZE {table}")).await;
            }
            let mut jarvis = place.stack.jarvis().await;
            jarvis.query_drop(PEOPLE).await.expect("an administrator may add people");
            jarvis.disconnect().await.expect("a connection can be closed");
        })
        .await;
}

/// Adds the plans of pages to a report.
pub async fn note_pages(service: &Client, report: &mut Report) {
    let prepared =
        format!("PREPARE page (bigint, text, bigint, text, bigint, bigint) AS {}", history::PAGE);
    service.batch_execute(&prepared).await.expect("the statement is valid");
    for (what, call) in [
        ("100 messages, newest", "page (1001, 'customer', 1, 'newest', 0, 50)"),
        ("1,000,000 messages, newest", "page (1003, 'customer', 1, 'newest', 0, 50)"),
        ("1,000,000 messages, before", "page (1003, 'customer', 1, 'before', 500000, 50)"),
    ] {
        report.note(explain(service, what, call).await);
    }
}

/// Adds the plans of inboxes to a report.
pub async fn note_inboxes(service: &Client, report: &mut Report) {
    let prepared = format!(
        "PREPARE list (text, bigint, text, timestamptz, bigint, bigint) AS {}",
        inbox::LIST
    );
    service.batch_execute(&prepared).await.expect("the statement is valid");
    for (what, call) in [
        ("50 sessions", "list ('dentist', 4, 'active', NULL, NULL, 20)"),
        ("20,000 sessions", "list ('dentist', 5, 'active', NULL, NULL, 20)"),
    ] {
        report.note(explain(service, what, call).await);
    }
}

/// The plan that the role of the functions gets, and what it reads.
async fn explain(service: &Client, what: &str, call: &str) -> String {
    let sql = format!("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) EXECUTE {call}");
    let rows = service.query(&sql, &[]).await.expect("a plan");
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    format!("The plan: {what}\n\n```\n{}\n```", lines.join("\n"))
}
