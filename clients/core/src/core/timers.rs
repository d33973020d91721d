//! What happens when time has passed.

use super::{
    Core,
    state::{job::Job, timer::Timer},
};
use crate::moment::Millis;

impl Core {
    pub(super) fn set_timer(&mut self, timer: Timer, wait: Millis) {
        self.timers.insert(timer, self.at.saturating_add(wait));
    }

    pub(super) fn end_timer(&mut self, timer: Timer) {
        self.timers.remove(&timer);
    }

    pub(super) fn has_timer(&self, timer: Timer) -> bool {
        self.timers.contains_key(&timer)
    }

    /// Fires what is due, and what that sets for this very instant.
    pub(super) fn tick(&mut self) {
        while let Some(timer) = self.due() {
            self.timers.remove(&timer);
            self.fire(timer);
        }
    }

    fn due(&self) -> Option<Timer> {
        self.timers.iter().find_map(|(timer, at)| (*at <= self.at).then_some(*timer))
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Dial => self.dial_is_due(),
            Timer::Handshake => self.lose_link(false),
            Timer::Suspect | Timer::Renew => self.renew_link(),
            Timer::Listen => self.suspect_link(),
            Timer::Keep => self.keep_link(),
            Timer::Behind => self.leave_link(),
            Timer::Typing(session) => self.other_typing(session, false),
            Timer::Call(wish) => self.call_is_over(wish),
            Timer::Afterwards => {
                self.catch_up.want();
                self.want(Job::CatchUp);
            }
            Timer::Farewell => self.farewell_is_over(),
        }
    }

    /// When to tick next.
    pub(super) fn next_wake(&self) -> Option<Millis> {
        let lanes = self.todo.iter().filter_map(|job| self.lanes.get(job));
        let waits = lanes.filter(|lane| lane.in_flight.is_none()).map(|lane| lane.not_before);
        self.timers
            .values()
            .copied()
            .chain(waits)
            .chain([self.tokens.lane.not_before])
            .filter(|at| *at > self.at)
            .min()
    }
}
