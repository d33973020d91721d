//! One step: an event in, effects out.

use super::{Core, effect::Effect, input::Event};
use crate::moment::{Chance, Moment};

impl Core {
    /// Takes an event in.
    pub fn handle(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        self.at = self.at.max(now.at);
        self.chance = Chance::new(now.seed);
        match event {
            Event::Ended(id, outcome) => self.ended(id, outcome),
            Event::Socket(dial, event) => self.socket(dial, event),
            Event::Token(ask, token) => self.token(ask, token),
            // The wake that was asked for is used up.
            Event::Tick => self.wake_at = None,
            Event::Network(is_up) => self.network(is_up),
            Event::Front(is_front) => self.front(is_front),
            Event::Wish(id, wish) => self.wish(id, wish),
        }
        // Whatever comes at the instant of a timer does not put it off.
        self.tick();
        self.tend_link();
        self.tend_jobs();
        self.finish()
    }
}
