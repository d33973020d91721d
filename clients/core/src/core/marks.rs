//! What the user has read: shown at once, told when it can be, with a reply if there is one.

use super::{
    Core,
    effect::{Method, Reply},
    input::WishId,
    state::job::{Job, Plan, Purpose},
};
use crate::{error::ChatError, store::Write, wire::Marked};
use serde_json::json;

impl Core {
    pub(super) fn read_up_to(&mut self, wish: WishId, session: i64, seq: i64) {
        let Some(held) = self.sessions.get_mut(&session) else {
            return self.settle(wish, Err(ChatError::invalid("there is no such session")));
        };
        if seq > held.state.heard_seq {
            return self.settle(wish, Err(ChatError::invalid("there is no such message")));
        }
        if seq > held.state.wanted_mark {
            held.state.wanted_mark = seq;
            self.wanted_marks.insert(session, seq);
            self.write(Write::WantedMark { session, seq });
            self.show_session(session);
        }
        self.want(Job::Mark(session));
        self.settle(wish, Ok(Reply::Done));
    }

    /// The mark that the service is still to be told.
    pub(super) fn mark_to_tell(&self, session: i64) -> Option<i64> {
        let state = &self.sessions.get(&session)?.state;
        let wanted = state.wanted_mark;
        (wanted > state.mark(self.account.role?)).then_some(wanted)
    }

    pub(super) fn plan_mark(&self, session: i64) -> Option<Plan> {
        let up_to_seq = self.mark_to_tell(session)?;
        if self.queue.carries_mark(session) {
            return None;
        }
        let purpose = Purpose::Mark { session };
        let path = format!("/sessions/{session}/read");
        let body = Some(json!({ "up_to_seq": up_to_seq }));
        Some(Plan::Ask { purpose, method: Method::Post, path, body })
    }

    pub(super) fn was_marked(&mut self, session: i64, marked: &Marked) {
        let Some(role) = self.account.role else { return };
        self.messages_read(session, role, marked.up_to_seq, Some(marked.unread_count));
    }

    /// There is no such message (any more).
    pub(super) fn mark_refused(&mut self, session: i64) {
        let Some(role) = self.account.role else { return };
        if let Some(held) = self.sessions.get_mut(&session) {
            let seq = held.state.mark(role);
            held.state.wanted_mark = seq;
            self.wanted_marks.insert(session, seq);
            self.write(Write::WantedMark { session, seq });
            self.show_session(session);
        }
    }
}
