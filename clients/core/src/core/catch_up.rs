//! Catching up: `sync` at the start and after each reconnection; what frames leave out otherwise.

use super::{
    Core,
    state::{
        catch_up::Source,
        held::Held,
        job::{Job, Plan, Purpose},
    },
    verdict::Unreadable,
};
use crate::{
    planted::{self, Bug},
    store::Write,
    wire::{Changes, Page, SessionChange},
};

/// The most sessions of a page of `sync`.
const SESSIONS: usize = 100;
/// Messages of a page that fills a gap, and of a first page.
const GAP: usize = 100;
const FIRST: usize = 50;

impl Core {
    pub(super) fn plan_catch_up(&self) -> Option<Plan> {
        if !self.catch_up.is_wanted && !self.catch_up.has_more {
            return None;
        }
        let since = self.account.cursor.clone().filter(|_| !self.catch_up.is_expired);
        let path = match &since {
            Some(since) => format!("/sync?limit={SESSIONS}&since={since}"),
            None => format!("/sync?limit={SESSIONS}"),
        };
        Some(Plan::get(Purpose::Changes { since }, path))
    }

    pub(super) fn take_changes(&mut self, has_since: bool, page: Changes) {
        if self.catch_up.is_expired && !has_since {
            self.forget_service();
        }
        for change in page.sessions {
            self.absorb_change(change);
        }
        self.write(Write::Cursor(Some(page.next.clone())));
        self.account.cursor = Some(page.next);
        self.catch_up.has_more = page.has_more;
    }

    /// The service's database is another one, or an older one: what was held may never have been.
    fn forget_service(&mut self) {
        self.write(Write::ForgetService);
        for session in std::mem::take(&mut self.sessions).into_keys() {
            self.show_session(session);
        }
        if planted::has(Bug::MarksForgotten) {
            self.wanted_marks.clear();
        }
        self.catch_up.is_expired = false;
        // Frames that came meanwhile are forgotten, too.
        self.catch_up.want();
    }

    /// A cursor that is refused is of no use, whatever the reason.
    pub(super) fn changes_refused(&mut self, has_since: bool, status: u16) {
        if has_since && matches!(status, 400 | 410) {
            self.catch_up.is_expired = true;
        } else {
            let lane = self.lanes.entry(Job::CatchUp).or_default();
            lane.fail(self.at, None, &mut self.chance);
        }
    }

    fn absorb_change(&mut self, change: SessionChange) {
        let SessionChange { mut session, messages, truncated } = change;
        let last = session.last_message.take();
        let id = session.id;
        self.absorb_session(&session, Source::Sync);
        if let Some(first) = messages.first() {
            if truncated {
                self.restart_at(id, first.seq);
            }
            if let Some(held) = self.sessions.get_mut(&id) {
                held.begin_at(first.seq);
            }
        }
        for message in messages.iter().chain(&last) {
            self.absorb_message(message);
        }
    }

    /// Begins anew with what follows, since something before it may have changed unheard.
    fn restart_at(&mut self, session: i64, seq: i64) {
        if planted::has(Bug::TruncatedKept) {
            return;
        }
        let Some(held) = self.sessions.get_mut(&session) else { return };
        held.forget_before(seq);
        held.begin_at(seq);
        self.write(Write::ForgetBefore { session, seq });
    }

    pub(super) fn plan_fill(&self, session: i64) -> Option<Plan> {
        let Held { state, .. } = self.sessions.get(&session)?;
        if state.heard_seq <= state.last_seq {
            return None;
        }
        Some(if state.last_seq == 0 {
            let path = format!("/sessions/{session}/messages?limit={FIRST}");
            Plan::get(Purpose::Newest { session }, path)
        } else {
            let after = state.last_seq;
            let path = format!("/sessions/{session}/messages?after={after}&limit={GAP}");
            Plan::get(Purpose::After { session, after }, path)
        })
    }

    pub(super) fn take_newest(&mut self, session: i64, page: &Page) -> Result<(), Unreadable> {
        let Some(held) = self.sessions.get_mut(&session) else { return Ok(()) };
        if let Some(first) = page.messages.first()
            && held.state.last_seq == 0
        {
            held.begin_at(first.seq);
            held.state.has_older = page.has_more_before;
        }
        self.absorb_page(session, page);
        self.believe_end(session, page.last_seq);
        self.has_progress(session, 0)
    }

    pub(super) fn take_after(
        &mut self,
        session: i64,
        after: i64,
        page: &Page,
    ) -> Result<(), Unreadable> {
        let Some(held) = self.sessions.get(&session) else { return Ok(()) };
        if held.state.last_seq != after {
            // Filled by something else meanwhile.
            self.absorb_page(session, page);
            return Ok(());
        }
        if let Some(first) = page.messages.first()
            && first.seq > after + 1
        {
            // What lies between is gone.
            self.restart_at(session, first.seq);
        }
        self.absorb_page(session, page);
        self.believe_end(session, page.last_seq);
        self.has_progress(session, after)
    }

    /// A page that fills nothing is asked for again after a wait.
    fn has_progress(&self, session: i64, last_seq: i64) -> Result<(), Unreadable> {
        let state = self.sessions.get(&session).map(|held| &held.state);
        let is_stuck = state
            .is_some_and(|state| state.last_seq == last_seq && state.heard_seq > state.last_seq);
        if is_stuck { Err(Unreadable) } else { Ok(()) }
    }

    /// Stops asking for what is not there, whoever told of it.
    fn believe_end(&mut self, session: i64, last_seq: i64) {
        let Some(held) = self.sessions.get_mut(&session) else { return };
        let end = last_seq.max(held.state.last_seq);
        if held.islands.is_empty() && end < held.state.heard_seq {
            held.state.heard_seq = end;
            self.touch(session);
        }
    }

    /// The session is not the caller's any more, or never was.
    pub(super) fn fill_refused(&mut self, session: i64) {
        if let Some(held) = self.sessions.get_mut(&session) {
            held.state.heard_seq = held.state.last_seq;
            self.touch(session);
        }
    }
}
