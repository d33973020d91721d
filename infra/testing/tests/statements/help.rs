//! What these tests share.

use chat_testing::Chat;

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
