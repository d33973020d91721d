//! What these tests share.

use chat::store::outbox::{self, Taken, Work};
use chat_testing::Chat;
use std::time::Duration;

/// How long a row is taken for.
pub const LEASE: Duration = Duration::from_secs(30);

/// A new session with so many messages, for which nothing is owed any more.
pub async fn session_of(chat: &Chat, messages: i64) -> i64 {
    let (_, _, session) = chat.conversation().await;
    chat.fill(session, messages).await;
    chat.database.rows("DELETE FROM outbox", &[]).await;
    session
}

/// Owes something: a row that is due in so many seconds.
pub async fn owe(chat: &Chat, session: i64, (change, seq, work): (&str, i64, &str), due_in: f64) {
    let sql = "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
        VALUES ($1, $2::text::outbox_change, $3, $4::text::outbox_work, now(),
                now() + make_interval(secs => $5))";
    chat.database.rows(sql, &[&session, &change, &seq, &work, &due_in]).await;
}

/// Takes rows, all of which are good ones.
pub async fn take(chat: &Chat, work: Work, limit: i64) -> Vec<Taken> {
    let taken = outbox::take(&chat.app().db, work, limit, LEASE).await.unwrap();
    taken.into_iter().map(|taken| taken.unwrap()).collect()
}

/// The messages that these rows are about.
pub fn seqs(taken: &[Taken]) -> Vec<i64> {
    taken.iter().map(|taken| taken.row.lease.change.seq()).collect()
}

/// The rows of which this holds: session, change, message and work.
pub async fn rows_where(chat: &Chat, condition: &str) -> Vec<(i64, String, i64, String)> {
    let sql = format!(
        "SELECT session_id, change::text, seq, work::text FROM outbox WHERE {condition}
         ORDER BY session_id, change, seq, work"
    );
    let rows = chat.database.rows(&sql, &[]).await;
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}
