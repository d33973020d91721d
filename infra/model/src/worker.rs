//! Who carries out what is owed.

use crate::row::Owed;

/// A set of connections.
pub(crate) type Set = u8;

/// Someone who has a row: the function that made the change, or a run of `redeliver`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Worker {
    pub owed: Owed,
    /// The lease.
    pub version: u8,
    pub step: Step,
    /// Who needs no frame any more.
    pub told: Set,
    /// Who may be late: whoever was online when the commit was known.
    pub online: Set,
    /// How new what its frames tell is.
    pub tells: u8,
    pub has_failed: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    /// Frames have still to go to these.
    Posting(Set),
    /// It is to ask what became of the message.
    Looking,
    /// It is to ask the provider. `has_seen`: it knew that the message was retracted or read.
    Pushing {
        has_seen: bool,
    },
    Settling,
}
