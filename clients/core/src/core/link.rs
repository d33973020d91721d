//! The WebSocket: opened while the user looks, suspected when it may have died, renewed in time.

use super::{
    Core,
    effect::{Change, Effect},
    input::{DialId, SocketEvent},
    state::{
        job::Job,
        lane::backoff,
        link::{KEEP, State},
        timer::Timer,
    },
};
use crate::{
    moment::{MINUTE, Millis, SECOND},
    planted::{self, Bug},
};

/// For a handshake.
const HANDSHAKE: Millis = 10 * SECOND;
/// The service says nothing more after 2 hours.
const LIFETIME: Millis = 119 * MINUTE;
/// First reconnections after an outage come within this.
const SPREAD: Millis = 10 * SECOND;
/// While the WebSocket cannot be opened, what changed is fetched this often at most.
const WITHOUT: Millis = MINUTE;

impl Core {
    pub(super) fn tend_link(&mut self) {
        if !self.is_active || self.link.is_left || self.link.state != State::Off {
            return;
        }
        let Some((token, serial)) = self.token_now() else { return };
        self.link.dial += 1;
        self.become_link(State::Dialing(serial));
        self.set_timer(Timer::Handshake, HANDSHAKE);
        self.effect(Effect::Dial { dial: self.link.dial, token });
    }

    pub(super) fn socket(&mut self, dial: DialId, event: SocketEvent) {
        if dial != self.link.dial || !self.link.is_up() {
            return;
        }
        match event {
            SocketEvent::Opened => self.link_opened(),
            SocketEvent::Refused(status) => self.link_refused(status),
            SocketEvent::Closed => self.lose_link(self.link.state == State::Open),
            SocketEvent::Heard(text) => {
                self.link.failures = 0;
                self.end_timer(Timer::Suspect);
                self.set_timer(Timer::Keep, KEEP);
                if std::mem::take(&mut self.link.asks_again) {
                    self.suspect_link();
                }
                self.frame(&text);
            }
        }
    }

    fn link_opened(&mut self) {
        self.end_timer(Timer::Handshake);
        self.become_link(State::Open);
        let life = self.tokens.usable(self.at).map_or(LIFETIME, |token| token.ends_at - self.at);
        self.set_timer(Timer::Renew, life.min(LIFETIME));
        // Tells the connection's id, too.
        self.suspect_link();
        self.end_waits(false);
        if !planted::has(Bug::NoCatchUpAfterReconnect) {
            self.catch_up.want();
            self.want(Job::CatchUp);
        }
    }

    fn link_refused(&mut self, status: Option<u16>) {
        let is_tokens = status == Some(401) || planted::has(Bug::TokenForEachDial);
        if let State::Dialing(serial) = self.link.state
            && is_tokens
        {
            self.tokens.refuse(serial);
        }
        self.lose_link(false);
    }

    /// `was_open`: others may have lost theirs in the same instant.
    pub(super) fn lose_link(&mut self, was_open: bool) {
        self.drop_link();
        let wait = if was_open {
            self.chance.up_to(SPREAD)
        } else {
            backoff(self.link.failures, &mut self.chance)
        };
        self.link.failures += u32::from(!was_open);
        self.become_link(State::Waiting);
        self.set_timer(Timer::Dial, wait);
        let is_due = self.link.fetched_without_at.is_none_or(|at| self.at >= at + WITHOUT);
        if self.link.failures > 2 && is_due {
            self.link.fetched_without_at = Some(self.at);
            self.catch_up.want();
            self.want(Job::CatchUp);
        }
    }

    /// Opens another one at once.
    pub(super) fn renew_link(&mut self) {
        self.drop_link();
        self.become_link(State::Off);
    }

    pub(super) fn dial_is_due(&mut self) {
        self.become_link(State::Off);
    }

    pub(super) fn leave_link(&mut self) {
        self.link.is_left = true;
        self.drop_link();
        self.become_link(State::Off);
    }

    fn drop_link(&mut self) {
        if self.link.is_up() {
            self.effect(Effect::HangUp { dial: self.link.dial });
        }
        self.link.id = None;
        self.link.asks_again = false;
        for timer in [
            Timer::Dial,
            Timer::Handshake,
            Timer::Suspect,
            Timer::Listen,
            Timer::Keep,
            Timer::Renew,
        ] {
            self.end_timer(timer);
        }
    }

    pub(super) fn hurry_link(&mut self) {
        if self.link.state == State::Waiting {
            self.end_timer(Timer::Dial);
            self.become_link(State::Off);
        }
    }

    fn become_link(&mut self, state: State) {
        let before = self.link.connection();
        self.link.state = state;
        if self.link.connection() != before {
            self.show(Change::Connection(self.link.connection()));
        }
    }
}
