//! What a message costs at the database.

use crate::{event, place::Place, report::Report, senders};
use rand::random_range;
use tokio_postgres::Client;

const ROUNDS: usize = 5;
const SENDS: u32 = 200;
const SESSIONS: i64 = 2_000;

/// What `pg_stat_statements` has counted of one kind of statement.
#[derive(Clone, Copy, Default)]
struct Counted {
    calls: f64,
    wal_bytes: f64,
}

/// Sends to people who are offline, and what the server counted of them.
pub async fn run(place: &Place) -> Report {
    let sessions = senders::sessions(place, SESSIONS).await;
    let function = place.function("send-message", 1, &[]).await;
    let service = place.service().await;
    let send = async || {
        let event = event::send(&senders::dentist(), random_range(sessions.0..=sessions.1));
        function.invoke(event).await.expect(201);
        function.rest().await;
    };
    for _ in 0..SENDS {
        send().await;
    }
    let (mut before_answer, mut calls) = (Vec::new(), Vec::new());
    let (mut append, mut wal) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let appended = counted(&service, "WITH earlier AS%").await;
        let all = counted(&service, "%").await;
        for _ in 0..SENDS {
            send().await;
        }
        let appended = appended.until(counted(&service, "WITH earlier AS%").await);
        let all = all.until(counted(&service, "%").await);
        before_answer.push(appended.calls);
        calls.push(all.calls);
        append.push(appended.wal_bytes / 1_000.0);
        wal.push(all.wal_bytes / 1_000.0);
    }
    function.stop().await;
    let work = format!(
        "{SENDS} sends a round to people who are offline, as `pg_stat_statements` counts them, \
         everything after the answer included."
    );
    let mut report = Report::new("calls", work, ROUNDS);
    let before_answer = report.row("statements before the answer", "a message", before_answer);
    report.row("statements in all", "a message", calls);
    report.row("WAL of the message", "KB a message", append);
    let wal = report.row("WAL in all", "KB a message", wal);
    report.at_most("round trips before the answer", before_answer, 1.0);
    report.at_most("WAL, KB a message", wal, 1.7);
    report
}

impl Counted {
    /// What was added since then for each message. One look at the counters is not the messages'.
    fn until(self, later: Self) -> Self {
        let each = |before: f64, after: f64| (after - before) / f64::from(SENDS);
        Self {
            calls: each(self.calls, later.calls),
            wal_bytes: each(self.wal_bytes, later.wal_bytes),
        }
    }
}

async fn counted(service: &Client, like: &str) -> Counted {
    let sql = "SELECT coalesce(sum(calls), 0)::float8, coalesce(sum(wal_bytes), 0)::float8
               FROM pg_stat_statements
               WHERE userid = 'chat_service'::regrole AND query LIKE '%' || $1
                 AND query NOT LIKE '%pg_stat_statements%'
                 AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let row = service.query_one(sql, &[&like]).await.expect("pg_stat_statements is there");
    Counted { calls: row.get(0), wal_bytes: row.get(1) }
}
