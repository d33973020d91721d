//! What the server counts: `sql/counters.sql`.

use chat_e2e::Database;
use std::{collections::BTreeMap, time::Duration};

const COUNTERS: &str = include_str!("../sql/counters.sql");
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// The counters at some time, or what was added to them since another.
pub struct Counters(BTreeMap<String, f64>);

impl Counters {
    /// Those of now, when pgbench's backends have told all that they counted.
    pub async fn now(database: &Database) -> Self {
        let running = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench'";
        while database.number(running).await > 0 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        let rows = database.query(COUNTERS, &[]).await.expect("the server counts");
        Self(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// What was added since then.
    pub fn since(&self, earlier: &Self) -> Self {
        let added = |(name, value): (&String, &f64)| (name.clone(), value - earlier.of(name));
        Self(self.0.iter().map(added).collect())
    }

    /// The counter of this name.
    pub fn of(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// The counter of this name for each message.
    pub fn a_message(&self, name: &str) -> f64 {
        self.of(name) / self.of("messages")
    }
}
