//! How what is told of sessions and messages is taken in: so that the order of telling does not
//! matter. Marks and the highest seq heard of only grow, of two states of a message the newer stays
//! (the store compares them), and a session's status goes with its `updated_at`; where that cannot
//! decide, the next catching up does.

use super::{
    Core,
    state::{catch_up::Source, held::Held, job::Job},
};
use crate::{
    planted::{self, Bug},
    store::{SessionState, Write},
    wire::{Message, Page, Role, Session, sortable},
};
use std::collections::BTreeSet;

impl Core {
    /// Takes in what a session is said to be.
    pub(super) fn absorb_session(&mut self, told: &Session, source: Source) {
        let is_new = !self.sessions.contains_key(&told.id);
        let role = self.account.role.unwrap_or(Role::Customer);
        let wanted_mark = self.wanted_marks.get(&told.id).copied().unwrap_or_default();
        let held = self.sessions.entry(told.id).or_insert_with(|| {
            let state = SessionState { wanted_mark, ..SessionState::new(told) };
            Held::new(state, BTreeSet::new())
        });
        let is_clear = is_new || absorb_state(&mut held.state, told, source, role);
        if !is_clear {
            self.catch_up.want();
            self.want(Job::CatchUp);
        }
        if let Some(message) = &told.last_message {
            self.absorb_message(message);
        }
        self.touch(told.id);
        self.want(Job::Fill(told.id));
        if is_new {
            self.want(Job::Mark(told.id));
        }
    }

    /// Takes in a message, wherever it comes from.
    pub(super) fn absorb_message(&mut self, message: &Message) {
        if Some(message.sender_type) == self.account.role {
            self.entry_is_stored(message.session_id, &message.client_message_id);
        }
        let Some(held) = self.sessions.get_mut(&message.session_id) else {
            // Its session comes with the next catching up, and brings it along.
            self.catch_up.want();
            return self.want(Job::CatchUp);
        };
        let before = held.state.clone();
        let is_held = held.hold(message.seq);
        let activity = sortable(&message.created_at);
        if activity > held.state.active_at.as_str() {
            activity.clone_into(&mut held.state.active_at);
        }
        if held.state != before {
            self.touch(message.session_id);
        }
        // Also what is not shown: an older page that is still on its way may bring it as it was.
        self.write(Write::Message(Box::new(message.clone())));
        if is_held {
            self.show_session(message.session_id);
        }
        self.want(Job::Fill(message.session_id));
    }

    /// Takes in a side's mark.
    pub(super) fn absorb_mark(&mut self, session: i64, reader: Role, up_to_seq: i64) {
        let Some(held) = self.sessions.get_mut(&session) else { return };
        let mark = held.state.mark_mut(reader);
        if up_to_seq > *mark || (planted::has(Bug::MarkMovesBack) && up_to_seq != *mark) {
            *mark = up_to_seq;
            if Some(reader) == self.account.role && !held.counts_unread(reader) {
                // Nobody has said how many messages are left, and up to which they were counted.
                self.catch_up.want();
                self.want(Job::CatchUp);
            }
            self.touch(session);
        }
    }

    /// Takes in what a page tells of its session.
    pub(super) fn absorb_page(&mut self, session: i64, page: &Page) {
        self.absorb_mark(session, Role::Customer, page.customer_read_seq);
        self.absorb_mark(session, Role::Dentist, page.dentist_read_seq);
        for message in &page.messages {
            self.absorb_message(message);
        }
        self.touch(session);
    }
}

/// False when it cannot be told which of two states is the newer one.
fn absorb_state(state: &mut SessionState, told: &Session, source: Source, role: Role) -> bool {
    let known_mark = state.mark(role);
    state.heard_seq = state.heard_seq.max(told.last_seq);
    state.customer_read_seq = state.customer_read_seq.max(told.customer_read_seq);
    state.dentist_read_seq = state.dentist_read_seq.max(told.dentist_read_seq);
    for (person, told) in
        [(&mut state.customer, &told.customer), (&mut state.dentist, &told.dentist)]
    {
        // While the directory is away, names are left out.
        person.name = told.name.clone().or(person.name.take());
    }
    let mark = if role == Role::Customer { told.customer_read_seq } else { told.dentist_read_seq };
    if mark >= known_mark && told.last_seq >= state.unread_told_at {
        state.unread_told = told.unread_count;
        state.unread_told_at = told.last_seq;
    }
    let [told_at, known_at] = [&told.updated_at, &state.updated_at].map(|time| sortable(time));
    if told_at < known_at {
        return true;
    }
    // Archiving by age leaves `updated_at` alone; a late frame from before looks the same.
    if told_at == known_at && source == Source::Frame && told.status != state.status {
        return false;
    }
    state.status = told.status;
    state.updated_at.clone_from(&told.updated_at);
    if sortable(&told.updated_at) > state.active_at.as_str() {
        sortable(&told.updated_at).clone_into(&mut state.active_at);
    }
    true
}
