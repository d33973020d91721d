//! How PostgreSQL reads what a statement asks for.

use crate::report::Report;
use tokio_postgres::Client;

/// Adds the plans of a prepared statement's executions to a report: those that the role of the functions
/// gets, and what they read.
pub async fn note(
    service: &Client,
    report: &mut Report,
    prepared: &str,
    executions: &[(&str, &str)],
) {
    service.batch_execute(prepared).await.expect("the statement is valid");
    for (what, execution) in executions {
        let sql = format!("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) EXECUTE {execution}");
        let rows = service.query(&sql, &[]).await.expect("a plan");
        let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        report.note(format!("The plan: {what}\n\n```\n{}\n```", lines.join("\n")));
    }
}
