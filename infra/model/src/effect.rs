//! What comes of what happens.

use crate::{
    action::Action,
    chat::Chat,
    mutant::Mutant,
    row::{Change, Owed, Row},
    state::{NEW, OLD, Phase, STRANGER, Sender, State, THEIRS},
    worker::{Step, Worker},
};

/// What comes of something.
pub(crate) fn after(chat: Chat, state: &State, action: Action) -> State {
    let mut next = state.clone();
    match action {
        Action::Begin(change) => {
            next.senders[change as usize] = Sender::Began(audience(chat, &next));
        }
        Action::DieBefore(change) => {
            next.left.deaths -= 1;
            next.senders[change as usize] = Sender::DiedBefore;
        }
        Action::Commit(change) => commit(chat, &mut next, change),
        Action::Take(owed) => take(chat, &mut next, owed),
        Action::EndLease(owed) => end_lease(&mut next, owed),
        Action::Die(number) => {
            next.left.deaths -= 1;
            next.workers.remove(number as usize);
        }
        Action::Post(number, to) => post(chat, &mut next, number as usize, to as usize),
        Action::Refuse(number, to) => {
            next.left.refusals -= 1;
            let worker = &mut next.workers[number as usize];
            worker.step = posting_without(worker.step, to as usize);
            if chat.has(Mutant::TakesRefusalsForDone) {
                worker.told |= 1 << to;
            } else {
                worker.has_failed = true;
            }
        }
        Action::Look(number) => look(chat, &mut next, number as usize),
        Action::Push(number) => push(chat, &mut next, number as usize, true, false),
        Action::Lie(number) => push(chat, &mut next, number as usize, true, true),
        Action::Fail(number) => push(chat, &mut next, number as usize, false, true),
        Action::Settle(number) => settle(chat, &mut next, number as usize),
        Action::Connect => connect(&mut next),
        Action::Fetch => fetch(&mut next),
        Action::Read => next.is_read = true,
        Action::Close => {
            next.left.closings -= 1;
            next.connections[OLD].phase = Phase::Closed;
        }
    }
    next.in_order()
}

fn audience(chat: Chat, state: &State) -> u8 {
    state.listed & if chat.has(Mutant::TellsEverybody) { THEIRS | 1 << STRANGER } else { THEIRS }
}

/// The change and what it owes, in one; its sender goes on with the first lease of the frames.
fn commit(chat: Chat, state: &mut State, change: Change) {
    let Sender::Began(audience) = state.senders[change as usize] else { return };
    state.senders[change as usize] = Sender::Committed;
    if change == Change::Correction && state.is_retracted {
        return; // Refused: what was taken back is not corrected.
    }
    state.revision += 1;
    if change == Change::Retraction {
        state.is_retracted = true;
        // Whoever still tells what it said has its lease no more.
        let version = state.version();
        if let Some(row) = state.row(Owed::MessageFrames) {
            *row = Row { version, is_leased: false, ..*row };
        }
        *state.row(Owed::Push) = None;
    }
    let (owed, version) = (change.frames(), state.version());
    if !chat.has(Mutant::NoOutbox) {
        *state.row(owed) = Some(Row { version, is_leased: true, is_given_up: false });
        if change == Change::Message {
            let version = state.version();
            *state.row(Owed::Push) = Some(Row { version, is_leased: false, is_given_up: false });
        }
    }
    let worker = Worker {
        owed,
        version,
        step: Step::Posting(audience),
        told: 0,
        online: state.listed & THEIRS,
        tells: state.revision,
        has_failed: false,
    };
    state.workers.push(worker);
    if chat.has(Mutant::SettlesFirst) {
        *state.row(owed) = None;
    }
}

fn take(chat: Chat, state: &mut State, owed: Owed) {
    let version = state.version();
    let (audience, online, tells) = (audience(chat, state), state.listed & THEIRS, state.revision);
    let Some(row) = state.row(owed) else { return };
    row.is_leased = true;
    if !chat.has(Mutant::TakesWithoutVersion) {
        row.version = version;
    }
    let version = row.version;
    let step = if owed == Owed::Push { Step::Looking } else { Step::Posting(audience) };
    state.workers.push(Worker { owed, version, step, told: 0, online, tells, has_failed: false });
}

fn end_lease(state: &mut State, owed: Owed) {
    let Some(row) = *state.row(owed) else { return };
    if state.is_held(owed, row.version) {
        state.left.slow -= 1;
    }
    *state.row(owed) = Some(Row { is_leased: false, ..row });
}

fn posting_without(step: Step, to: usize) -> Step {
    match step {
        Step::Posting(rest) => Step::Posting(rest & !(1 << to)),
        other => other,
    }
}

fn post(chat: Chat, state: &mut State, number: usize, to: usize) {
    let Worker { owed, version, step, tells, .. } = state.workers[number];
    let is_gone = state.connections[to].phase == Phase::Closed;
    if is_gone {
        state.listed &= !(1 << to);
    } else {
        state.connections[to].knows = state.connections[to].knows.max(tells);
    }
    if is_gone && chat.has(Mutant::StopsAtTheGone) {
        state.workers.remove(number);
        if let Some(row) = state.row(owed).as_mut().filter(|row| row.version == version) {
            *row = Row { is_leased: false, is_given_up: true, ..*row };
        }
        return;
    }
    let worker = &mut state.workers[number];
    worker.told |= 1 << to;
    worker.step = posting_without(step, to);
}

/// What became of the message: a push that is not wanted is settled without being sent.
fn look(chat: Chat, state: &mut State, number: usize) {
    let has_seen = state.is_retracted || state.is_read;
    let is_sent = !has_seen || chat.has(Mutant::PushesUnseen);
    state.workers[number].step = if is_sent { Step::Pushing { has_seen } } else { Step::Settling };
}

/// The provider is asked: whether it takes the push, and whether it says that it failed.
fn push(chat: Chat, state: &mut State, number: usize, takes: bool, says_failed: bool) {
    let Step::Pushing { has_seen } = state.workers[number].step else { return };
    state.wrongs.pushed_unwanted |= has_seen;
    if says_failed {
        state.left.provider -= 1;
    }
    if takes && (state.rings == 0 || chat.has(Mutant::KeyForEachTry)) {
        state.rings += 1;
    }
    state.workers[number].step = Step::Settling;
    state.workers[number].has_failed = says_failed && !chat.has(Mutant::BelievesTheProvider);
}

/// The row goes if it is still this worker's and nobody is late; what has failed is left to the next take.
fn settle(chat: Chat, state: &mut State, number: usize) {
    let worker = state.workers[number];
    let row = *state.row(worker.owed);
    let is_its = row.is_some_and(|row| row.version == worker.version);
    let is_of_frames = worker.owed != Owed::Push;
    let late = worker.online & state.listed & !worker.told;
    if worker.has_failed {
        state.workers.remove(number);
        if let (Some(row), true) = (row, is_its) {
            *state.row(worker.owed) = Some(Row { is_leased: false, ..row });
        }
    } else if is_its && is_of_frames && late != 0 && !chat.has(Mutant::ForgetsTheLate) {
        state.workers[number].step = Step::Posting(late);
    } else {
        state.workers.remove(number);
        if is_its || chat.has(Mutant::SettlesAnyVersion) {
            state.wrongs.lost_a_lease |= row.is_some() && !is_its;
            *state.row(worker.owed) = None;
        }
    }
}

fn connect(state: &mut State) {
    let is_current = state.connections[NEW].phase == Phase::FetchedEarly;
    state.connections[NEW].phase = if is_current { Phase::Current } else { Phase::Connected };
    state.listed |= 1 << NEW;
}

fn fetch(state: &mut State) {
    let is_early = state.connections[NEW].phase == Phase::Absent;
    state.connections[NEW].phase = if is_early { Phase::FetchedEarly } else { Phase::Current };
    state.connections[NEW].knows = state.connections[NEW].knows.max(state.revision);
}
