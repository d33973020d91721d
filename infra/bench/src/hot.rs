//! Everybody writes in one session: its row's lock is the limit.

use crate::{
    load::{CLIENTS, SECONDS},
    place::Place,
    report::Report,
    throughput,
};

/// As `send-throughput`, in one session.
pub async fn run(place: &Place) -> Report {
    let work = format!(
        "{CLIENTS} senders and {CLIENTS} environments in one session for {SECONDS} seconds; pgbench \
         runs the same statement with {CLIENTS} clients in the same session. No gap in its seqs."
    );
    let report = Report::new("hot-session", work, 3);
    throughput::compare(place, report, 1, 0.8, vec![throughput::own(place).await]).await
}
