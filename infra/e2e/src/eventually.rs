//! Waiting for what comes true by itself.

use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long something may take that should be so soon: far longer than it takes, for busy machines.
pub const SOON: Duration = Duration::from_mins(1);

/// Looks until there is what is looked for.
///
/// # Panics
/// When it is not there within `limit`.
pub async fn eventually<T>(what: &str, limit: Duration, look: impl AsyncFn() -> Option<T>) -> T {
    const BETWEEN_LOOKS: Duration = Duration::from_millis(25);
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        sleep(BETWEEN_LOOKS).await;
    }
}
