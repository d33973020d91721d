//! What an environment knows of revoked tokens: read with each new connection, and anew once that is too old.
//!
//! To ask at each call would cost every operation what seldom matters; so a revoked token may be good for a few
//! seconds more.

use super::{
    row::{get, role},
    statement::statement,
};
use crate::{caller::Caller, clock, error::Error, identity::Role};
use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};
use tokio_postgres::Row;

statement!(rare STANDING = "revocations/standing"(TEXT, INT8, FLOAT8));

/// The people whose tokens are revoked, as they were when they were read last.
#[derive(Default)]
pub(super) struct Revoked(Mutex<Option<Known>>);

struct Known {
    read_at: Instant,
    /// Until when a token that counts no more was issued, in seconds since 1970.
    issued_until: HashMap<(Role, i64), i64>,
}

impl Revoked {
    /// Keeps in mind what was read just now.
    pub(super) fn keep(&self, rows: &[Row]) -> Result<(), Error> {
        let mut issued_until = HashMap::new();
        for row in rows {
            let person = (role(row, "user_type")?, get(row, "user_id")?);
            issued_until.insert(person, get(row, "issued_until")?);
        }
        if let Ok(mut known) = self.0.lock() {
            *known = Some(Known { read_at: clock::instant(), issued_until });
        }
        Ok(())
    }

    /// Whether a caller's token is known to count: as it was so long ago at most.
    pub(super) fn clears(&self, caller: Caller, max_age: Duration) -> bool {
        let Ok(known) = self.0.lock() else { return false };
        let fresh = known.as_ref().filter(|known| known.read_at.elapsed() < max_age);
        fresh.is_some_and(|known| {
            let until = known.issued_until.get(&(caller.role(), caller.id()));
            until.is_none_or(|until| caller.issued_at() > *until)
        })
    }
}
