//! Sessions to write in.

use crate::{event::Caller, place::Place};
use std::sync::atomic::{AtomicI64, Ordering};

/// The dentist who writes in all of them; one of the demo's people.
pub const DENTIST: i64 = 1;

/// The dentist, calling.
pub fn dentist() -> Caller {
    Caller::dentist(DENTIST)
}

/// Adds empty sessions of the dentist with customers of their own; the first and the last id.
pub async fn sessions(place: &Place, count: i64) -> (i64, i64) {
    // Far from ids that anything else gives out.
    static NEXT: AtomicI64 = AtomicI64::new(1_000_000);
    let first = NEXT.fetch_add(count, Ordering::Relaxed);
    let sql = format!(
        "INSERT INTO chat_sessions (id, customer_id, dentist_id)
         SELECT id, id, {DENTIST} FROM generate_series({first}, {first} + {count} - 1) id"
    );
    place.stack.database().await.run(&sql).await;
    (first, first + count - 1)
}

/// The checks of invariants that every benchmark of sends ends with: `seq` is 1…n in each session.
pub async fn assert_no_gaps(place: &Place, (first, last): (i64, i64)) {
    let sql = format!(
        "SELECT count(*) FROM chat_sessions s WHERE id BETWEEN {first} AND {last} AND last_seq <>
             (SELECT count(*) FROM chat_messages m WHERE m.session_id = s.id)"
    );
    assert_eq!(place.stack.database().await.number(&sql).await, 0, "seq has gaps");
}
