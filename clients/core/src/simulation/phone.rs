//! A phone: a store that outlives its process, and what is known of the process and its network.

use super::service::{Caller, ConnectionId};
use crate::{
    core::{Core, DialId, RequestId, Wish, WishId},
    moment::Millis,
    store::Store,
    wire::Role,
};
use std::collections::{BTreeMap, BTreeSet};

/// The network's side of a WebSocket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Socket {
    pub connection: ConnectionId,
    pub dial: DialId,
    /// Nothing passes any more, and nobody says so.
    pub is_dead: bool,
}

/// A message that the app was told is queued.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    /// Counts sign-outs: entries are numbered anew after each.
    pub era: u64,
    pub entry: i64,
    pub session: i64,
    /// What it may say: more than one where the process died while the user changed it.
    pub texts: Vec<String>,
    pub is_discarded: bool,
    /// Whether the process died while the user discarded it.
    pub may_be_discarded: bool,
}

/// A token that the app has given.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub text: String,
    pub ends_at: Millis,
    pub is_refused: bool,
}

#[derive(Debug)]
pub(super) struct Phone {
    pub caller: Caller,
    pub store: Store,
    /// None while the process is dead.
    pub core: Option<Core>,
    /// Which process it is.
    pub life: u64,
    pub has_network: bool,
    pub is_front: bool,
    pub socket: Option<Socket>,
    pub dial: Option<DialId>,
    pub heard_at: Millis,
    pub open: BTreeSet<RequestId>,
    pub wake_at: Option<Millis>,
    pub wishes: BTreeMap<WishId, Wish>,
    pub next_wish: WishId,
    pub accepted: Vec<Accepted>,
    pub era: u64,
    /// The highest mark that was ever shown.
    pub marks: BTreeMap<(i64, Role), i64>,
    /// What the user was told is read.
    pub has_read: BTreeMap<i64, i64>,
    pub given: Option<Given>,
    /// Frames that it said.
    pub said: u64,
}

impl Phone {
    pub fn new(caller: Caller) -> Self {
        Self {
            caller,
            store: Store::in_memory(),
            core: None,
            life: 0,
            has_network: true,
            is_front: true,
            socket: None,
            dial: None,
            heard_at: 0,
            open: BTreeSet::new(),
            wake_at: None,
            wishes: BTreeMap::new(),
            next_wish: 1,
            accepted: vec![],
            era: 0,
            marks: BTreeMap::new(),
            has_read: BTreeMap::new(),
            given: None,
            said: 0,
        }
    }

    /// What was queued and not sent is gone, as its user wanted.
    pub fn forget(&mut self) {
        self.store = Store::in_memory();
        self.era += 1;
        self.accepted.iter_mut().for_each(|accepted| accepted.may_be_discarded = true);
        self.marks.clear();
        self.has_read.clear();
        self.given = None;
    }
}
