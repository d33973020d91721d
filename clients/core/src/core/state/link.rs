//! What is known of the WebSocket.

use crate::{
    core::{Connection, DialId},
    moment::{MINUTE, Millis},
};

/// The gateway closes a connection after 10 minutes of silence.
pub(in crate::core) const KEEP: Millis = 9 * MINUTE;

/// Where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::core) enum State {
    /// Not wanted, or wanted at once.
    #[default]
    Off,
    /// Wanted when `Timer::Dial` fires.
    Waiting,
    /// With the token of that serial.
    Dialing(u64),
    Open,
}

#[derive(Debug, Default)]
pub(in crate::core) struct Link {
    pub state: State,
    pub dial: DialId,
    pub failures: u32,
    /// The connection's id, by which a request names it.
    pub id: Option<String>,
    pub is_left: bool,
    /// Whether it was suspected while the answer to an earlier ping may have been under way.
    pub asks_again: bool,
    pub fetched_without_at: Option<Millis>,
}

impl Link {
    pub const fn connection(&self) -> Connection {
        match self.state {
            State::Off | State::Waiting => Connection::Offline,
            State::Dialing(_) => Connection::Connecting,
            State::Open => Connection::Online,
        }
    }

    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub fn has_id(&mut self, id: Option<String>) {
        self.id = id;
    }

    /// Goes on counting where another link stopped.
    pub const fn continue_from(&mut self, other: &Self) {
        self.dial = other.dial;
    }

    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    pub const fn dial(&self) -> DialId {
        self.dial
    }

    /// It is wanted again.
    pub const fn stay(&mut self) {
        self.is_left = false;
    }

    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Dialing(_) | State::Open)
    }
}
