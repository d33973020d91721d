//! What can happen.

use crate::{
    chat::Chat,
    mutant::Mutant,
    row::{Change, Owed},
    state::{NEW, OLD, Phase, Sender, State},
    worker::{Step, Worker},
};

/// How many work at the same time, besides those that made a change.
const WORKERS: usize = 3;

/// Something that can happen. A worker is named by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A sender's statement begins: it sees who is online.
    Begin(Change),
    /// A sender's statement commits.
    Commit(Change),
    /// A sender dies before its commit.
    DieBefore(Change),
    /// A run of `redeliver` takes a row.
    Take(Owed),
    /// A lease ends.
    EndLease(Owed),
    /// A worker dies.
    Die(u8),
    /// A frame goes to a connection, and arrives, or the connection is gone.
    Post(u8, u8),
    /// The gateway refuses a frame for now.
    Refuse(u8, u8),
    /// A worker looks at what became of the message.
    Look(u8),
    /// The provider takes a push.
    Push(u8),
    /// The provider takes a push, and says that it failed.
    Lie(u8),
    /// The provider takes no push.
    Fail(u8),
    /// What a worker had to do is done, or not.
    Settle(u8),
    /// The late connection is made.
    Connect,
    /// It fetches.
    Fetch,
    /// The customer reads.
    Read,
    /// The old connection closes without a word.
    Close,
}

impl Action {
    /// Whether it is for people to do, who may never.
    pub(crate) fn is_somebodys_wish(self) -> bool {
        matches!(self, Self::Begin(_) | Self::Connect | Self::Read | Self::Close)
    }
}

/// Everything that can happen now.
pub(crate) fn actions(chat: Chat, state: &State) -> Vec<Action> {
    let mut found = vec![];
    for change in Change::ALL {
        found.extend(of_sender(state, change));
    }
    for owed in Owed::ALL {
        found.extend(of_row(chat, state, owed));
    }
    for (number, worker) in (0..).zip(&state.workers) {
        if state.left.deaths > 0 {
            found.push(Action::Die(number));
        }
        found.extend(of_worker(state, number, *worker));
    }
    found.extend(of_phone(chat, state));
    found
}

fn of_sender(state: &State, change: Change) -> Vec<Action> {
    let is_wanted = match change {
        Change::Message => true,
        Change::Correction => {
            state.left.corrects && state.has_committed(Change::Message) && !state.is_retracted
        }
        Change::Retraction => state.has_committed(Change::Message),
    };
    match state.senders[change as usize] {
        Sender::Waiting if is_wanted => vec![Action::Begin(change)],
        Sender::Began(_) if state.left.deaths > 0 => {
            vec![Action::Commit(change), Action::DieBefore(change)]
        }
        Sender::Began(_) => vec![Action::Commit(change)],
        _ => vec![],
    }
}

fn of_row(chat: Chat, state: &State, owed: Owed) -> Option<Action> {
    let row = state.rows[owed as usize]?;
    if !row.is_leased {
        let is_taken = !row.is_given_up && state.workers.len() < WORKERS;
        return is_taken.then_some(Action::Take(owed));
    }
    let ends = !state.is_held(owed, row.version) || state.left.slow > 0;
    (ends && !chat.has(Mutant::LeasesForEver)).then_some(Action::EndLease(owed))
}

fn of_worker(state: &State, number: u8, worker: Worker) -> Vec<Action> {
    let has_trouble = state.left.provider > 0;
    match worker.step {
        Step::Posting(0) | Step::Settling => vec![Action::Settle(number)],
        Step::Posting(rest) => {
            let to = u8::try_from(rest.trailing_zeros()).unwrap_or_default();
            let refusal = (state.left.refusals > 0).then_some(Action::Refuse(number, to));
            [Some(Action::Post(number, to)), refusal].into_iter().flatten().collect()
        }
        Step::Looking => vec![Action::Look(number)],
        Step::Pushing { .. } if has_trouble => {
            vec![Action::Push(number), Action::Lie(number), Action::Fail(number)]
        }
        Step::Pushing { .. } => vec![Action::Push(number)],
    }
}

fn of_phone(chat: Chat, state: &State) -> Vec<Action> {
    let new = state.connections[NEW].phase;
    let mut found = vec![];
    match new {
        Phase::Absent if chat.has(Mutant::FetchesFirst) => found.push(Action::Fetch),
        Phase::Absent | Phase::FetchedEarly => found.push(Action::Connect),
        Phase::Connected => found.push(Action::Fetch),
        _ => {}
    }
    if !state.is_read && state.connections[OLD].knows > 0 {
        found.push(Action::Read);
    }
    if state.left.closings > 0 && state.connections[OLD].phase == Phase::Current {
        found.push(Action::Close);
    }
    found
}
