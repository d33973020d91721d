//! The fault bench. A stack of its own is put under load while its functions are killed, PostgreSQL is
//! killed and restarted, and dependencies are frozen, cut and made to err; then the checker holds what
//! all clients saw against what was promised.
//!
//! In reading order: [`storm`] makes the [`history`], [`check`] judges it; [`fail_points`] kills
//! functions at each step after a commit; [`slow_provider`] compares senders' latencies; [`pushes`]
//! waits for phones by the clock on the wall; [`flood`] counts wakes, [`outage`] what a provider that is away
//! costs, [`growth`] what very many sessions and messages do; [`phones`] kills
//! phones that write; [`report`] writes everything down.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a bench that cannot go on should panic where it stands"
)]

pub mod check;
pub mod fail_points;
pub mod flood;
pub mod growth;
pub mod history;
pub mod outage;
pub mod phones;
pub mod pushes;
pub mod report;
pub mod slow_provider;
pub mod storm;

mod outbox;
mod program_folder;
