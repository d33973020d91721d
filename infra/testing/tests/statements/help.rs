//! What these tests share.

use chat_testing::Chat;
use serde_json::Value;
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

/// How a customer's records stand: holds on them, sessions that are held, the job, and in how many seconds it ends.
pub async fn keep(chat: &Chat, customer: i64, holds: i32, sessions: &[i64], job: (&str, f64)) {
    let sql = "INSERT INTO record_keeping VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
        ON CONFLICT (customer_id) DO UPDATE SET customer_holds = excluded.customer_holds,
            held_sessions = excluded.held_sessions, job = excluded.job, busy_until = excluded.busy_until";
    chat.database.rows(sql, &[&customer, &holds, &sessions, &job.0, &job.1]).await;
}

/// The job that has a customer's records, and whether it does for now.
pub async fn job(chat: &Chat, customer: i64) -> (Option<String>, bool) {
    let sql = "SELECT job, busy_until > now() FROM record_keeping WHERE customer_id = $1";
    let row = &chat.database.rows(sql, &[&customer]).await[0];
    (row.get(0), row.get(1))
}

/// Has an object's bytes still to be deleted.
pub async fn owe_object(chat: &Chat, customer: i64, prefix: &str) {
    let sql = "INSERT INTO erased_objects (customer_id, in_records, prefix) VALUES ($1, false, $2)";
    chat.database.rows(sql, &[&customer, &prefix]).await;
}

/// Gives a session twelve messages and whatever else a session may have, under numbers that others have too: up to
/// this one, what is owed.
pub async fn furnish(chat: &Chat, session: i64, last_owed: i64) {
    // Odd ones are the customer's.
    chat.fill(session, 12).await;
    let owed = format!(
        "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
         SELECT $1, change, seq, work, now(), now() + interval '1 hour'
         FROM unnest(ARRAY['message', 'message_updated']::outbox_change[]) change, generate_series(1, {last_owed}) seq,
              unnest(enum_range(NULL::outbox_work)) work"
    );
    for sql in [
        owed.as_str(),
        "UPDATE chat_messages SET image_urls = jsonb_build_array(session_id || '-' || seq)
         WHERE session_id = $1 AND seq IN (1, 7, 8, 11)",
        "INSERT INTO message_images SELECT session_id || '-' || seq, session_id, seq
         FROM chat_messages WHERE session_id = $1 AND image_urls <> '[]'",
        "INSERT INTO chat_message_revisions (session_id, seq, act, replaced_at, content, image_urls)
         SELECT session_id, seq, 'correction', now(), 'before', '[]' FROM chat_messages WHERE session_id = $1",
        "INSERT INTO sender_acts SELECT $1, side, now() - make_interval(secs => age)
         FROM unnest(enum_range(NULL::chat_participant)) side, unnest(ARRAY[1, 3600]) age",
        "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
         SELECT $1, change, 0, 'frames', now(), now() + interval '1 hour'
         FROM unnest(ARRAY['created', 'updated', 'customer_read', 'dentist_read']::outbox_change[]) change
         ON CONFLICT DO NOTHING",
        "INSERT INTO read_marks SELECT $1, side, 0, 1, now() FROM unnest(enum_range(NULL::chat_participant)) side",
    ] {
        chat.database.rows(sql, &[&session]).await;
    }
}

/// Sets a session's status, for how many days it is idle, and how many messages it has had, of which none is stored.
pub async fn set_session(chat: &Chat, session: i64, status: &str, days: i32, messages: i64) {
    let sql = "UPDATE chat_sessions SET status = $2::text::chat_session_status,
            updated_at = now() - make_interval(days => $3), last_seq = $4
        WHERE id = $1";
    chat.database.rows(sql, &[&session, &status, &days, &messages]).await;
}

/// A day ago.
pub fn yesterday() -> OffsetDateTime {
    OffsetDateTime::now_utc() - Duration::DAY
}

/// Rows as text, each with its table.
pub type Rows = BTreeSet<(&'static str, String)>;

/// All there is, but for who has the records.
pub async fn everything(chat: &Chat) -> Rows {
    let mut found = Rows::new();
    for table in [
        "chat_sessions",
        "active_pairs",
        "chat_messages",
        "chat_message_revisions",
        "message_images",
        "outbox",
        "read_marks",
        "sender_acts",
        "customer_notification_mapping",
        "websocket_connections",
        "erasures",
        "erased_objects",
    ] {
        let rows = format!("SELECT to_jsonb(t)::text FROM {table} t");
        let rows = chat.database.rows(&rows, &[]).await;
        found.extend(rows.iter().map(|row| (table, row.get(0))));
    }
    found
}

/// Those rows that this holds for.
pub fn only(rows: &Rows, is_meant: impl Fn(&str, &Value) -> bool) -> Rows {
    let is_meant = |row: &str, table| is_meant(table, &serde_json::from_str(row).unwrap());
    rows.iter().filter(|(table, row)| is_meant(row, table)).cloned().collect()
}
