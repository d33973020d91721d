//! What one event leads to.

use super::{
    Core,
    effect::{Change, Effect, Reply},
    input::WishId,
};
use crate::{
    error::ChatError,
    planted::{self, Bug},
    store::Write,
};
use std::mem::{replace, take};

impl Core {
    pub(super) fn write(&mut self, write: Write) {
        self.step.writes.push(write);
    }

    /// A session's state is to be written and shown.
    pub(super) fn touch(&mut self, session: i64) {
        self.step.dirty.insert(session);
        self.show_session(session);
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.step.effects.push(effect);
    }

    pub(super) fn show(&mut self, change: Change) {
        self.step.changes.insert(change);
    }

    pub(super) fn show_session(&mut self, session: i64) {
        self.show(Change::Conversation(session));
        self.show(Change::Sessions);
    }

    pub(super) fn settle(&mut self, wish: WishId, result: Result<Reply, ChatError>) {
        self.effect(Effect::Settle(wish, result));
    }

    /// Nothing that was to be written shall be.
    pub(super) fn drop_writes(&mut self) {
        self.step.writes.clear();
        self.step.dirty.clear();
    }

    pub(super) fn finish(&mut self) -> Vec<Effect> {
        let step = take(&mut self.step);
        let mut writes = step.writes;
        for session in step.dirty {
            if let Some(held) = self.sessions.get(&session) {
                writes.push(Write::Session(Box::new(held.state.clone())));
            }
        }
        let mut effects = step.effects;
        if !writes.is_empty() {
            let at = if planted::has(Bug::ActsBeforeCommit) { effects.len() } else { 0 };
            effects.splice(at..at, commits(writes));
        }
        effects.extend(step.changes.into_iter().map(Effect::Show));
        let wake_at = self.next_wake();
        if replace(&mut self.wake_at, wake_at) != wake_at
            && let Some(at) = wake_at
        {
            effects.push(Effect::WakeAt(at));
        }
        effects
    }
}

fn commits(mut writes: Vec<Write>) -> Vec<Effect> {
    if planted::has(Bug::CursorFirst)
        && let Some(cursor) = writes.iter().position(|write| matches!(write, Write::Cursor(_)))
    {
        let cursor = writes.remove(cursor);
        return vec![Effect::Commit(vec![cursor]), Effect::Commit(writes)];
    }
    vec![Effect::Commit(writes)]
}
