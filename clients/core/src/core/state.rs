//! What a core knows.

pub(super) mod call;
pub(super) mod catch_up;
pub(super) mod held;
pub(super) mod job;
pub(super) mod lane;
pub(super) mod link;
pub(super) mod queue;
pub(super) mod step;
pub(super) mod timer;
pub(super) mod token;

use super::{
    effect::{AccountState, Connection},
    input::{RequestId, WishId},
};
use crate::{
    moment::{Chance, Millis},
    store::{Account, Snapshot},
};
use call::Call;
use catch_up::CatchUp;
use held::Held;
use job::{Asked, Job};
use lane::Lane;
use link::Link;
use queue::Queue;
use std::collections::{BTreeMap, BTreeSet};
use step::Step;
use timer::Timer;
use token::Tokens;

/// The core of one account's client.
#[derive(Debug)]
pub struct Core {
    pub(super) at: Millis,
    pub(super) chance: Chance,
    pub(super) step: Step,

    pub(super) account: Account,
    pub(super) state: AccountState,
    /// Whether tokens can be asked for.
    pub(super) is_active: bool,
    pub(super) is_front: bool,

    pub(super) sessions: BTreeMap<i64, Held>,
    /// By session; outlives what is known of it.
    pub(super) wanted_marks: BTreeMap<i64, i64>,
    pub(super) queue: Queue,
    pub(super) catch_up: CatchUp,
    pub(super) calls: BTreeMap<WishId, Call>,
    pub(super) farewell: Option<WishId>,
    /// When the user was last told to be writing.
    pub(super) typing_said: BTreeMap<i64, Millis>,

    pub(super) tokens: Tokens,
    pub(super) link: Link,
    pub(super) todo: BTreeSet<Job>,
    pub(super) lanes: BTreeMap<Job, Lane>,
    pub(super) requests: BTreeMap<RequestId, Asked>,
    pub(super) next_request: RequestId,
    pub(super) timers: BTreeMap<Timer, Millis>,
    pub(super) wake_at: Option<Millis>,
}

impl Core {
    /// A core that goes on from what a store holds. It asks nothing of the service before it is
    /// told [`Wish::SignIn`], which each start of the app begins with.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        let Snapshot { account, sessions, wanted_marks, mut islands, entries, next_entry } =
            snapshot;
        let held = sessions.into_iter().map(|state| {
            let islands = islands.remove(&state.id).unwrap_or_default();
            (state.id, Held::new(state, islands))
        });
        Self {
            at: 0,
            chance: Chance::new(0),
            step: Step::default(),
            account,
            state: AccountState::SignedOut,
            is_active: false,
            is_front: true,
            sessions: held.collect(),
            wanted_marks,
            queue: Queue::new(entries, next_entry),
            catch_up: CatchUp::default(),
            calls: BTreeMap::new(),
            farewell: None,
            typing_said: BTreeMap::new(),
            tokens: Tokens::default(),
            link: Link::default(),
            todo: BTreeSet::new(),
            lanes: BTreeMap::new(),
            requests: BTreeMap::new(),
            next_request: 1,
            timers: BTreeMap::new(),
            wake_at: None,
        }
    }

    /// Whether frames come.
    #[must_use]
    pub const fn connection(&self) -> Connection {
        self.link.connection()
    }

    /// What is known of the sessions.
    #[cfg(test)]
    pub(crate) fn states(&self) -> impl Iterator<Item = &crate::store::SessionState> {
        self.sessions.values().map(|held| &held.state)
    }

    /// What stands between the account and the service.
    #[must_use]
    pub const fn account_state(&self) -> AccountState {
        self.state
    }
}
