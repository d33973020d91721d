//! What an answer means for what was asked.

use super::{
    Core,
    effect::{AccountState, Change},
    input::{Outcome, RequestId},
    state::{
        job::{Asked, Job, Purpose},
        timer::Timer,
    },
    verdict::{AFTERWARDS, Unreadable, Verdict, read, verdict},
};
use crate::{
    error::ChatError,
    moment::Millis,
    planted::{self, Bug},
};

impl Core {
    pub(super) fn ended(&mut self, id: RequestId, outcome: Outcome) {
        // One from before a sign-out, or of a call that was given up, is nobody's any more.
        let Some(asked) = self.requests.remove(&id) else { return };
        self.lanes.entry(asked.job).or_default().in_flight = None;
        self.want(asked.job);
        if let Purpose::Send { session, .. } = asked.purpose {
            self.queue.line(session).carried = None;
            self.want(Job::Mark(session));
            if matches!(outcome, Outcome::NoAnswer) {
                self.unsettled(session);
            }
        }
        if let Purpose::Put { session, entry, position } = asked.purpose {
            return self.put_ended(session, entry, position, &outcome);
        }
        if asked.is_unheard && matches!(outcome, Outcome::NoAnswer) {
            self.ask_afterwards();
        }
        match verdict(outcome) {
            Verdict::Good { status, body } => self.went_well(&asked, status, &body),
            Verdict::Refused { status, error } => {
                self.lanes.entry(asked.job).or_default().succeed();
                self.was_refused(asked.purpose, status, error);
            }
            Verdict::Later { retry_after, error } => self.failed(&asked, retry_after, error),
            Verdict::TokenRefused => self.token_refused(&asked),
        }
    }

    /// Nobody tells what a request changes that named its own connection: where its answer is unknown, it is
    /// asked about when it can no longer be under way.
    pub(super) fn ask_afterwards(&mut self) {
        if !planted::has(Bug::UnansweredForgotten) {
            self.set_timer(Timer::Afterwards, AFTERWARDS);
        }
    }

    fn went_well(&mut self, asked: &Asked, status: u16, body: &[u8]) {
        let job = asked.job;
        match self.take_answer(asked.purpose.clone(), status, body) {
            Ok(()) => {
                self.lanes.entry(job).or_default().succeed();
                self.set_state(AccountState::SignedIn);
            }
            Err(Unreadable) => self.failed(asked, None, ChatError::no_answer()),
        }
    }

    pub(super) fn failed(&mut self, asked: &Asked, retry_after: Option<Millis>, error: ChatError) {
        let lane = self.lanes.entry(asked.job).or_default();
        lane.fail(self.at, retry_after, &mut self.chance);
        let failures = lane.failures;
        match asked.purpose {
            Purpose::Call { wish } => self.call_failed(wish, failures, error),
            Purpose::Farewell => self.farewell_failed(failures),
            _ => {}
        }
    }

    fn token_refused(&mut self, asked: &Asked) {
        if let Some(serial) = asked.token {
            self.tokens.refuse(serial);
        }
        let lane = self.lanes.entry(asked.job).or_default();
        lane.refused_tokens += 1;
        if lane.refused_tokens > 1 {
            let error = ChatError::signed_out();
            self.failed(asked, None, error);
            self.set_state(AccountState::TokenRefused);
        }
    }

    fn take_answer(
        &mut self,
        purpose: Purpose,
        status: u16,
        body: &[u8],
    ) -> Result<(), Unreadable> {
        match purpose {
            Purpose::Changes { since } => self.take_changes(since.is_some(), read(body)?),
            Purpose::Upload { session, entry, position } => {
                self.upload_granted(session, entry, position, read(body)?);
            }
            Purpose::Send { session, entry, mark } => {
                self.was_stored(session, entry, mark, status, &read(body)?)?;
            }
            Purpose::Newest { session } => self.take_newest(session, &read(body)?)?,
            Purpose::After { session, after } => self.take_after(session, after, &read(body)?)?,
            Purpose::Mark { session } => self.was_marked(session, &read(body)?),
            Purpose::Phone { subscription } => self.phone_registered(subscription),
            Purpose::Call { wish } => self.call_answered(wish, body)?,
            Purpose::Farewell => self.farewell_is_over(),
            Purpose::Put { .. } => {}
        }
        Ok(())
    }

    fn was_refused(&mut self, purpose: Purpose, status: u16, error: ChatError) {
        match purpose {
            Purpose::Changes { since } => self.changes_refused(since.is_some(), status),
            Purpose::Upload { session, entry, .. } => self.entry_refused(session, entry, error),
            Purpose::Send { session, entry, mark } => {
                self.send_refused(session, entry, mark, error);
            }
            Purpose::Newest { session } | Purpose::After { session, .. } => {
                self.fill_refused(session);
            }
            Purpose::Mark { session } => self.mark_refused(session),
            Purpose::Phone { .. } => self.phone_refused(),
            Purpose::Call { wish } => self.end_call(wish, Err(error)),
            Purpose::Farewell => self.farewell_is_over(),
            Purpose::Put { .. } => {}
        }
    }

    pub(super) fn set_state(&mut self, state: AccountState) {
        if self.state != state {
            self.state = state;
            self.show(Change::Account(state));
        }
    }
}
