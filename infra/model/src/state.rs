//! Everything there is at one moment.

use crate::{
    budget::Budget,
    row::{Change, Owed, Row},
    worker::{Set, Worker},
};

/// A connection of the customer's that is there from the beginning.
pub(crate) const OLD: usize = 0;
/// One that is made at any time.
pub(crate) const NEW: usize = 1;
/// A stranger's.
pub(crate) const STRANGER: usize = 2;
/// The customer's.
pub(crate) const THEIRS: Set = 0b011;

/// How far a sender is with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sender {
    Waiting,
    /// Its statement has seen who is online.
    Began(Set),
    Committed,
    DiedBefore,
}

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Connection {
    pub phase: Phase,
    /// How new what it knows of the message is; 0 is nothing.
    pub knows: u8,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    Absent,
    /// Its app fetched before it was connected: only a mistake does that.
    FetchedEarly,
    Connected,
    /// Connected, and fetched since.
    Current,
    Closed,
}

/// One moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(crate) senders: [Sender; 3],
    /// How many changes are committed.
    pub(crate) revision: u8,
    pub(crate) is_retracted: bool,
    pub(crate) is_read: bool,
    pub(crate) rows: [Option<Row>; 3],
    pub(crate) next_version: u8,
    pub(crate) workers: Vec<Worker>,
    pub(crate) connections: [Connection; 3],
    /// Which connections the database knows.
    pub(crate) listed: Set,
    /// How often the phone rang: the provider rings once for a key.
    pub(crate) rings: u8,
    pub(crate) left: Budget,
    pub(crate) wrongs: Wrongs,
}

/// What must never have been done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Wrongs {
    /// A push was sent by who knew that it was not wanted.
    pub pushed_unwanted: bool,
    /// A row went by someone who had not its lease.
    pub lost_a_lease: bool,
}

impl State {
    pub(crate) fn new(left: Budget) -> Self {
        let connection = |phase| Connection { phase, knows: 0 };
        Self {
            senders: [Sender::Waiting; 3],
            revision: 0,
            is_retracted: false,
            is_read: false,
            rows: [None; 3],
            next_version: 1,
            workers: vec![],
            connections: [Phase::Current, Phase::Absent, Phase::Current].map(connection),
            listed: 1 << OLD | 1 << STRANGER,
            rings: 0,
            left,
            wrongs: Wrongs::default(),
        }
    }

    pub(crate) fn row(&mut self, owed: Owed) -> &mut Option<Row> {
        &mut self.rows[owed as usize]
    }

    pub(crate) fn has_committed(&self, change: Change) -> bool {
        self.senders[change as usize] == Sender::Committed
    }

    /// A lease that nobody had before.
    pub(crate) fn version(&mut self) -> u8 {
        self.next_version += 1;
        self.next_version - 1
    }

    /// Whether whoever has a row's lease is still there.
    pub(crate) fn is_held(&self, owed: Owed, version: u8) -> bool {
        self.workers.iter().any(|worker| worker.owed == owed && worker.version == version)
    }

    /// The same moment in one form only: the order of workers means nothing, nor does the number of a version
    /// but that it is the same as another.
    pub(crate) fn in_order(mut self) -> Self {
        let of_rows = self.rows.iter().flatten().map(|row| row.version);
        let mut known: Vec<u8> =
            self.workers.iter().map(|worker| worker.version).chain(of_rows).collect();
        known.sort_unstable();
        known.dedup();
        let number = |version: &mut u8| {
            let place = known.iter().position(|known| known == version).unwrap_or_default();
            *version = u8::try_from(place).unwrap_or_default();
        };
        self.rows.iter_mut().flatten().for_each(|row| number(&mut row.version));
        self.workers.iter_mut().for_each(|worker| number(&mut worker.version));
        self.next_version = u8::try_from(known.len()).unwrap_or_default();
        self.workers.sort_unstable();
        self
    }
}
