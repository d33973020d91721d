//! What an environment knows of revoked tokens: read with each new connection, and anew once that is too old.
//!
//! To ask at each call would cost every operation what seldom matters; so a revoked token may be good for a few
//! seconds more.

use super::{
    row::{get, role},
    statement::statement,
};
use crate::{caller::Caller, error::Error, identity::Role};
use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, SystemTime},
};
use tokio_postgres::Row;

statement!(rare STANDING = "revocations/standing"(TEXT, INT8, INT8));

/// The people whose tokens are revoked, as they were when they were read last. Its age is by the time of day: other
/// clocks stand still while an environment is frozen.
pub(super) struct Revoked {
    known: Mutex<Option<Known>>,
    max_age: Duration,
    now: fn() -> SystemTime,
}

struct Known {
    asked_at: SystemTime,
    /// Until when a token that counts no more was issued, in seconds since 1970.
    issued_until: HashMap<(Role, i64), i64>,
}

/// Whether a token counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It does.
    Good,
    /// It was revoked.
    Revoked,
    /// What is known is too old to tell.
    Unknown,
}

impl Revoked {
    /// Nothing is known yet; what will be is believed for so long, by this clock.
    pub(super) fn new(max_age: Duration, now: fn() -> SystemTime) -> Self {
        Self { known: Mutex::default(), max_age, now }
    }

    /// The time, for [`keep`](Self::keep).
    pub(super) fn now(&self) -> SystemTime {
        (self.now)()
    }

    /// Keeps in mind what was asked for then.
    pub(super) fn keep(&self, rows: &[Row], asked_at: SystemTime) -> Result<(), Error> {
        let mut issued_until = HashMap::new();
        for row in rows {
            let person = (role(row, "user_type")?, get(row, "user_id")?);
            issued_until.insert(person, get(row, "issued_until")?);
        }
        if let Ok(mut known) = self.known.lock() {
            *known = Some(Known { asked_at, issued_until });
        }
        Ok(())
    }

    /// How a caller's token stands, as far as is known.
    pub(super) fn standing(&self, caller: Caller) -> Standing {
        let Ok(known) = self.known.lock() else { return Standing::Unknown };
        let age = |known: &&Known| self.now().duration_since(known.asked_at);
        let is_fresh = |known: &&Known| age(known).is_ok_and(|age| age < self.max_age);
        let Some(known) = known.as_ref().filter(is_fresh) else { return Standing::Unknown };
        match known.issued_until.get(&(caller.role(), caller.id())) {
            Some(until) if caller.issued_at() <= *until => Standing::Revoked,
            _ => Standing::Good,
        }
    }
}
