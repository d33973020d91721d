//! The outboxes from behind: how full they are, and making time pass for them.

use chat_e2e::Stack;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many rows there are.
pub(crate) async fn rows(stack: &Stack) -> i64 {
    let sql =
        "SELECT (SELECT count(*) FROM message_outbox) + (SELECT count(*) FROM session_outbox)";
    stack.database().await.number(sql).await
}

/// A minute passes for the outboxes and what they belong to: leases run out, waits are over.
pub(crate) async fn a_minute_passes(stack: &Stack) {
    let database = stack.database().await;
    database
        .run(
            "WITH news AS (
                UPDATE session_outbox SET due_at = due_at - interval '1 minute'
            ), older AS (
                UPDATE message_outbox SET due_at = due_at - interval '1 minute'
                RETURNING message_id
            )
            UPDATE chat_messages SET created_at = created_at - interval '1 minute'
            WHERE id IN (SELECT message_id FROM older)",
        )
        .await;
}

/// Waits until nothing is owed; false when something still is after `limit`.
pub(crate) async fn drains(stack: &Stack, limit: Duration) -> bool {
    const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
    let deadline = Instant::now() + limit;
    while rows(stack).await > 0 {
        if Instant::now() > deadline {
            return false;
        }
        sleep(BETWEEN_LOOKS).await;
    }
    true
}
