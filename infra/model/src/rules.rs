//! What must hold, and the search for a run in which it does not.

use crate::{
    action::{self, Action},
    chat::Chat,
    effect,
    row::Owed,
    state::{NEW, OLD, Phase, STRANGER, State},
};
use stateright::{Checker as _, Expectation, HasDiscoveries, Model, Property};
use std::{collections::BTreeMap, thread};

/// Instead of a run, where something should happen.
const NEVER: &str = "never";

impl Model for Chat {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self.budget)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend(action::actions(*self, state));
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        Some(effect::after(*self, state, action))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("what is committed is delivered in the end", |chat: &Self, state| {
                !is_at_rest(*chat, state) || is_delivered(state)
            }),
            Property::always("a stranger is told nothing", |_, state: &State| {
                state.connections[STRANGER].knows == 0
            }),
            Property::always(
                "a row goes with its lease and is nobody else's",
                |_, state: &State| !state.wrongs.lost_a_lease && !is_shared(state),
            ),
            Property::always("nobody pushes what they know is not wanted", |_, state: &State| {
                !state.wrongs.pushed_unwanted
            }),
            Property::always("a phone rings once for a message", |_, state: &State| {
                state.rings < 2
            }),
            // That all of this can happen at all: else nothing above means anything.
            Property::sometimes("it rings", |_, state: &State| state.rings == 1),
            Property::sometimes("who is late is told", |_, state: &State| {
                state.connections[NEW].phase == Phase::Connected && state.connections[NEW].knows > 0
            }),
            Property::sometimes("it ends", |chat: &Self, state| {
                is_at_rest(*chat, state) && state.revision > 1
            }),
        ]
    }
}

/// Nothing happens any more unless somebody wants it to.
fn is_at_rest(chat: Chat, state: &State) -> bool {
    action::actions(chat, state).into_iter().all(Action::is_somebodys_wish)
}

/// Nothing is owed, whoever is online knows the latest, and the phone rang unless there was no need.
fn is_delivered(state: &State) -> bool {
    let is_current = [OLD, NEW].into_iter().all(|number| {
        let connection = state.connections[number];
        connection.phase != Phase::Current || connection.knows == state.revision
    });
    let is_quiet = state.revision == 0 || state.is_retracted || state.is_read;
    state.rows.iter().all(Option::is_none) && is_current && (is_quiet || state.rings == 1)
}

/// Whether two work on a row with the same lease.
fn is_shared(state: &State) -> bool {
    Owed::ALL.into_iter().any(|owed| {
        let of_row = || state.workers.iter().filter(|worker| worker.owed == owed);
        of_row().any(|one| of_row().filter(|other| other.version == one.version).count() > 1)
    })
}

/// What a search came to.
#[derive(Debug)]
pub struct Verdict {
    /// How many moments there are.
    pub states: usize,
    /// The rules that do not hold, each with a run that breaks it; and what never happens though it should.
    pub broken: BTreeMap<&'static str, String>,
}

impl Verdict {
    /// The first rule that a run breaks.
    #[must_use]
    pub fn broken_rule(&self) -> Option<&'static str> {
        self.broken.iter().find(|(_, run)| *run != NEVER).map(|(rule, _)| *rule)
    }
}

/// Looks at every run of a model; with a mistake in it, until one breaks a rule.
#[must_use]
pub fn check(chat: Chat) -> Verdict {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let end = match chat.planted {
        Some(_) => HasDiscoveries::AnyFailures,
        None => HasDiscoveries::All,
    };
    let checker = chat.checker().threads(threads).finish_when(end).spawn_bfs().join();
    let found = checker.discoveries();
    let mut broken = BTreeMap::new();
    for property in chat.properties() {
        let must_happen = property.expectation == Expectation::Sometimes;
        match found.get(property.name) {
            Some(path) if !must_happen => {
                let run: Vec<_> = path.clone().into_actions();
                broken.insert(property.name, format!("{run:?}"));
            }
            None if must_happen => {
                broken.insert(property.name, NEVER.to_owned());
            }
            _ => {}
        }
    }
    Verdict { states: checker.unique_state_count(), broken }
}
