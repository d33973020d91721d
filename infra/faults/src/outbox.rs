//! The outbox from behind: how full they are, and making time pass for it.

use chat_e2e::Stack;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many rows there are.
pub(crate) async fn rows(stack: &Stack) -> i64 {
    stack.database().await.number("SELECT count(*) FROM outbox").await
}

/// A minute passes for the outbox: leases run out, waits are over, and a wake is one of its own again.
pub(crate) async fn a_minute_passes(stack: &Stack) {
    let database = stack.database().await;
    let sql = "UPDATE redeliver_wakes SET woke_at = woke_at - interval '1 minute';
               UPDATE outbox SET due_at = due_at - interval '1 minute',
                                 changed_at = changed_at - interval '1 minute'";
    database.run(sql).await;
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
