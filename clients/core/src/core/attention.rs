//! Attention: when the WebSocket is suspected, and what a network or a user that comes back changes.

use super::{
    Core,
    effect::Effect,
    state::{link::KEEP, timer::Timer},
};
use crate::{
    moment::{Millis, SECOND},
    planted::{self, Bug},
};

/// For anything, once suspected.
const PONG: Millis = 5 * SECOND;
/// After something was sent, until it is suspected; together with [`PONG`], 15 seconds.
const LISTEN: Millis = 10 * SECOND;
/// Whoever looks away for less keeps the connection. After that, pushes come at once.
const BEHIND: Millis = 30 * SECOND;

impl Core {
    /// Asks whether it lives; where that was asked already, again when something is heard: the answer to the
    /// earlier question may have been under way.
    pub(super) fn suspect_link(&mut self) {
        if !self.link.is_open() {
            return;
        }
        if self.has_timer(Timer::Suspect) {
            self.link.asks_again = true;
            return;
        }
        if planted::has(Bug::NeverSuspicious) && self.link.id().is_some() {
            return;
        }
        self.say_now(r#"{"action":"ping"}"#.to_owned());
        self.end_timer(Timer::Listen);
        self.set_timer(Timer::Suspect, PONG);
    }

    /// Keeps the gateway from closing what nobody says anything on. No answer is asked for: it would cost
    /// as much as the ping.
    pub(super) fn keep_link(&mut self) {
        if self.link.is_open() {
            self.say_now(r#"{"action":"ping","pong":false}"#.to_owned());
        }
    }

    fn say_now(&mut self, text: String) {
        self.set_timer(Timer::Keep, KEEP);
        self.effect(Effect::Say { dial: self.link.dial(), text });
    }

    /// Says something, if there is a connection.
    pub(super) fn say(&mut self, text: String) {
        if self.link.is_open() {
            self.say_now(text);
            self.something_sent();
        }
    }

    /// Something was sent, over HTTP or the WebSocket. If nothing is heard for a while, the network
    /// may have gone without a word. The pong to an earlier ping does not count: it may have been under way
    /// already.
    pub(super) fn something_sent(&mut self) {
        if self.link.is_open() && !self.has_timer(Timer::Listen) {
            self.set_timer(Timer::Listen, LISTEN);
        }
    }

    pub(super) fn network(&mut self, is_up: bool) {
        self.suspect_link();
        if is_up {
            self.end_waits(true);
            self.hurry_link();
        }
    }

    pub(super) fn front(&mut self, is_front: bool) {
        self.is_front = is_front;
        if !is_front {
            return self.set_timer(Timer::Behind, BEHIND);
        }
        self.end_timer(Timer::Behind);
        self.link.stay();
        self.suspect_link();
        self.end_waits(false);
        self.hurry_link();
    }
}
