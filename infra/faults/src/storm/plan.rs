//! How much of a storm there is to be.

use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Everything, in rounds of 31 mishaps.
    Everything,
    /// A bit of everything, in rounds of fifteen.
    ABitOfEverything,
    /// PostgreSQL dies, over and over.
    DatabaseDies,
    /// Whoever sends dies, over and over.
    SendersDie,
}

/// How much of a storm.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What goes wrong.
    pub weather: Weather,
    /// Sessions with both sides online.
    pub online: usize,
    /// Sessions whose customer has a phone and is offline.
    pub offline: usize,
    /// It goes on until so many sends are acknowledged …
    pub acknowledged: u64,
    /// … functions were killed so often …
    pub kills: u64,
    /// … and PostgreSQL was restarted so often.
    pub restarts: u64,
    /// How long deliveries may take when all is over.
    pub patience: Duration,
    /// Whether the outbox's clock is moved on at the end, rather than waited for.
    pub is_in_a_hurry: bool,
}
