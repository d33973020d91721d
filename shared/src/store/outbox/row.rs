//! What an outbox row is: what changed, what is owed for it, and who may work on it.

use crate::{
    error::{Cause, Error},
    id::SessionId,
    identity::Role,
};
use std::time::Duration;

/// How long a fresh outbox row is left to the invocation that wrote it: its first lease.
pub const FIRST_LEASE: Duration = Duration::from_secs(2);
/// How long a customer whose app took a message's frame has to read it before the push is due.
pub const READ_WITHIN: Duration = Duration::from_mins(1);

/// What changed in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The message of this `seq` is new.
    Message(i64),
    /// The message of this `seq` was corrected or retracted.
    MessageUpdated(i64),
    /// The session is new.
    Created,
    /// The session's status is another.
    Updated,
    /// This side has read further.
    Read(Role),
}

impl Change {
    /// As in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::MessageUpdated(_) => "message_updated",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Read(Role::Customer) => "customer_read",
            Self::Read(Role::Dentist) => "dentist_read",
        }
    }

    /// The message's number; 0 for a change of the session itself.
    #[must_use]
    pub const fn seq(self) -> i64 {
        match self {
            Self::Message(seq) | Self::MessageUpdated(seq) => seq,
            Self::Created | Self::Updated | Self::Read(_) => 0,
        }
    }

    pub(super) fn parse(name: &str, seq: i64) -> Result<Self, Error> {
        let all = [
            Self::Message(seq),
            Self::MessageUpdated(seq),
            Self::Created,
            Self::Updated,
            Self::Read(Role::Customer),
            Self::Read(Role::Dentist),
        ];
        let unknown = || Error::Internal(Cause::new("unknown change in the outbox"));
        all.into_iter().find(|change| change.name() == name).ok_or_else(unknown)
    }
}

/// What is owed for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Its frames.
    Frames,
    /// Keeping its images, which the bucket would delete; once it is retracted, having the bucket serve
    /// them no more.
    Images,
    /// Its push.
    Push,
}

impl Work {
    /// As in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Images => "images",
            Self::Push => "push",
        }
    }
}

/// The right to work on an outbox row: settling, postponing or parking it does nothing once somebody
/// else has taken the row, or a newer change has written it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The session.
    pub session: SessionId,
    /// What changed in it.
    pub change: Change,
    /// What is owed for that.
    pub work: Work,
    /// Another for each change and for each take.
    pub version: i64,
}
