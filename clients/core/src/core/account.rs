//! Who is signed in: tokens, the phone's registration, and leaving nothing behind.

use super::{
    Core,
    effect::{AccountState, Change, Effect, Method, Reply},
    input::{AskId, WishId},
    state::{
        job::{Job, Plan, Purpose},
        timer::Timer,
        token::Tokens,
    },
};
use crate::{
    error::{Advice, ChatError},
    moment::{Millis, SECOND},
    store::{Snapshot, Write},
    wire::Role,
};
use serde_json::json;

/// How long a sign-out tries to unregister the phone.
const FAREWELL: Millis = 10 * SECOND;

impl Core {
    pub(super) fn sign_in(&mut self, wish: WishId, role: Role) {
        if self.account.role.is_some_and(|known| known != role) {
            let detail = "the store belongs to someone else: sign out first";
            return self.settle(wish, Err(ChatError::new("other_account", detail, Advice::Report)));
        }
        if self.account.role.is_none() {
            self.account.role = Some(role);
            self.write(Write::Role(role));
        }
        self.is_active = true;
        self.set_state(AccountState::SignedIn);
        self.catch_up.want();
        self.want(Job::CatchUp);
        self.want(Job::Phone);
        for session in self.queue.sessions() {
            if self.queue.head(session).is_some_and(|(_, entry)| entry.is_tried) {
                // By a process that died before it knew.
                self.unsettled(session);
            }
            self.want(Job::Send(session));
        }
        for session in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.want(Job::Fill(session));
            self.want(Job::Mark(session));
        }
        self.settle(wish, Ok(Reply::Done));
    }

    pub(super) fn token(&mut self, ask: AskId, token: Option<String>) {
        if !self.tokens.awaits(ask) {
            // Asked for someone who has signed out since.
            return;
        }
        let Some(text) = token else {
            self.tokens.failed();
            self.tokens.lane.fail(self.at, None, &mut self.chance);
            if self.is_active && self.tokens.lane.failures > 2 {
                self.set_state(AccountState::TokenRefused);
            }
            return;
        };
        if !self.is_active {
            return self.tokens.failed();
        }
        self.tokens.lane.succeed();
        let token = self.tokens.arrive(text, self.at);
        let (serial, subject) = (token.serial, token.subject.clone());
        match (&self.account.subject, subject) {
            (Some(known), Some(subject)) if *known != subject => {
                // Nothing is asked in another one's name, nor stored among what is this one's.
                self.tokens.refuse(serial);
                self.tokens.lane.fail(self.at, None, &mut self.chance);
                self.set_state(AccountState::OtherAccount);
            }
            (None, Some(subject)) => {
                self.account.subject = Some(subject.clone());
                self.write(Write::Subject(subject));
            }
            _ => {}
        }
    }

    pub(super) fn sign_out(&mut self, wish: WishId) {
        self.leave_link();
        self.drop_writes();
        self.effect(Effect::EraseStore);
        for (other, _) in std::mem::take(&mut self.calls) {
            self.settle(other, Err(ChatError::signed_out()));
        }
        let had_phone =
            self.account.phone_wanted.is_some() || self.account.phone_registered.is_some();
        let effects = std::mem::take(&mut self.step);
        let before =
            std::mem::replace(self, Self::new(Snapshot { next_entry: 1, ..Snapshot::default() }));
        (self.step, self.at, self.is_front) = (effects, before.at, before.is_front);
        self.chance = before.chance;
        // Numbers are not used again: what is still under way is answered to nobody.
        self.next_request = before.next_request;
        self.link.continue_from(&before.link);
        self.show(Change::Account(AccountState::SignedOut));
        self.show(Change::Sessions);
        if had_phone && before.tokens.usable(self.at).is_some() {
            self.tokens = before.tokens;
            self.tokens.let_go();
            self.farewell = Some(wish);
            self.want(Job::Farewell);
            self.set_timer(Timer::Farewell, FAREWELL);
        } else {
            self.tokens = Tokens::after(&before.tokens);
            self.settle(wish, Ok(Reply::Done));
        }
    }

    pub(super) fn plan_farewell(&self) -> Option<Plan> {
        self.farewell?;
        let (purpose, method) = (Purpose::Farewell, Method::Delete);
        Some(Plan::Ask { purpose, method, path: "/players".to_owned(), body: None })
    }

    pub(super) fn farewell_failed(&mut self, failures: u32) {
        if failures > 3 {
            self.farewell_is_over();
        }
    }

    /// The phone is unregistered, or could not be: whoever registers it next takes it over.
    pub(super) fn farewell_is_over(&mut self) {
        self.end_timer(Timer::Farewell);
        if let Some(wish) = self.farewell.take() {
            self.settle(wish, Ok(Reply::Done));
        }
        if !self.is_active {
            self.tokens = Tokens::after(&self.tokens);
        }
    }

    pub(super) fn register_phone(&mut self, wish: WishId, subscription: String) {
        if self.account.role != Some(Role::Customer) {
            let detail = "only customers get pushes";
            return self.settle(wish, Err(ChatError::new("forbidden", detail, Advice::Change)));
        }
        if self.account.phone_wanted.as_ref() != Some(&subscription) {
            self.write(Write::PhoneWanted(subscription.clone()));
            self.account.phone_wanted = Some(subscription);
        }
        self.want(Job::Phone);
        self.settle(wish, Ok(Reply::Done));
    }

    pub(super) fn plan_phone(&self) -> Option<Plan> {
        let subscription = self.account.phone_wanted.clone()?;
        if self.account.phone_registered.as_ref() == Some(&subscription) {
            return None;
        }
        let body = Some(json!({ "onesignal_player_id": subscription }));
        let (purpose, method) = (Purpose::Phone { subscription }, Method::Put);
        Some(Plan::Ask { purpose, method, path: "/players".to_owned(), body })
    }

    pub(super) fn phone_registered(&mut self, subscription: String) {
        self.write(Write::PhoneRegistered(Some(subscription.clone())));
        self.account.phone_registered = Some(subscription);
    }

    /// The service will never take it, so it is not told again before the app says another one.
    pub(super) fn phone_refused(&mut self) {
        if let Some(subscription) = self.account.phone_wanted.clone() {
            self.phone_registered(subscription);
        }
    }
}
