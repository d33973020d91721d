//! A phone's process: does what the core says, until it dies.

use super::{
    phone::Accepted,
    world::{Happening, World},
};
use crate::{
    core::{Core, Effect, Event, Outcome, Reply, Wish, WishId},
    error::ChatError,
    moment::Moment,
    store::Write,
};

impl World {
    pub(super) fn start(&mut self, phone: usize) {
        let known = &mut self.phones[phone];
        if known.core.is_some() {
            return;
        }
        known.store.reopen().unwrap();
        known.core = Some(Core::new(known.store.load().unwrap()));
        known.life += 1;
        let (role, is_front) = (known.caller.role, known.is_front);
        self.step(phone, Event::Front(is_front));
        self.wish(phone, Wish::SignIn(role));
    }

    /// The process dies: what it knew is gone, and so are its requests and its WebSocket.
    pub(super) fn kill(&mut self, phone: usize) {
        let known = &mut self.phones[phone];
        known.core = None;
        known.life += 1;
        known.open.clear();
        for wish in std::mem::take(&mut known.wishes).into_values() {
            let era = known.era;
            for accepted in known.accepted.iter_mut().filter(|accepted| accepted.era == era) {
                match &wish {
                    Wish::Edit { entry, content } if *entry == accepted.entry => {
                        accepted.texts.push(content.clone());
                    }
                    Wish::Discard { entry } if *entry == accepted.entry => {
                        accepted.may_be_discarded = true;
                    }
                    _ => {}
                }
            }
        }
        known.given = None;
        known.dial = None;
        if let Some(socket) = known.socket.take()
            && self.roll(2) == 0
        {
            self.service.connections.remove(&socket.connection);
        }
        let wait = self.roll(30_000);
        self.later(wait, Happening::Start { phone });
    }

    pub(super) fn wish(&mut self, phone: usize, wish: Wish) {
        let known = &mut self.phones[phone];
        let id = known.next_wish;
        known.next_wish += 1;
        known.wishes.insert(id, wish.clone());
        self.step(phone, Event::Wish(id, wish));
    }

    /// Lets a living core take an event in, and does what it says; it may die on the way.
    pub(super) fn step(&mut self, phone: usize, event: Event) {
        if let Event::Ended(id, _) = &event
            && !self.phones[phone].open.remove(id)
        {
            return;
        }
        let seed = u128::from(self.roll(u64::MAX - 1)) << 64 | u128::from(self.roll(u64::MAX - 1));
        let now = Moment { at: self.at, seed };
        match &event {
            // Much quicker than a list of numbers.
            Event::Ended(id, Outcome::Answer { status, body, .. }) => {
                self.note(phone, &(id, status, String::from_utf8_lossy(body)));
            }
            event => self.note(phone, event),
        }
        let Some(core) = &mut self.phones[phone].core else { return };
        for effect in core.handle(now, event) {
            if !self.is_calm && self.roll(500) == 0 {
                return self.kill(phone);
            }
            self.note(phone, &effect);
            let has_stored = matches!(effect, Effect::Commit(_));
            self.carry_out(phone, effect);
            // What was stored and not acted upon is the most telling.
            if has_stored && !self.is_calm && self.roll(150) == 0 {
                return self.kill(phone);
            }
        }
        self.look_at_marks(phone);
    }

    fn carry_out(&mut self, phone: usize, effect: Effect) {
        match effect {
            Effect::Commit(writes) => {
                if writes.iter().any(|write| matches!(write, Write::ForgetService)) {
                    self.phones[phone].marks.clear();
                }
                self.phones[phone].store.commit(&writes).unwrap();
            }
            Effect::EraseStore => self.phones[phone].forget(),
            Effect::Ask(request) => {
                if request.path.ends_with("/messages") && request.body.is_some() {
                    self.watch_socket(phone, 15_100);
                }
                self.ask(phone, request);
            }
            Effect::Put(put) => self.put(phone, put),
            Effect::AskToken { ask, refused } => self.ask_token(phone, ask, refused),
            Effect::Dial { dial, token } => {
                let life = self.phones[phone].life;
                self.phones[phone].dial = Some(dial);
                let latency = 20 + self.roll(200);
                self.later(latency, Happening::Accept { phone, life, dial, token });
            }
            Effect::Say { dial, text } => self.say(phone, dial, &text),
            Effect::HangUp { dial } => self.hang_up(phone, dial),
            Effect::WakeAt(at) => {
                let life = self.phones[phone].life;
                self.phones[phone].wake_at = Some(at);
                self.later(at - self.at, Happening::Wake { phone, life, at });
            }
            Effect::Settle(wish, result) => self.settled(phone, wish, result),
            Effect::Show(_) => {}
        }
    }

    fn settled(&mut self, phone: usize, wish: WishId, result: Result<Reply, ChatError>) {
        let known = &mut self.phones[phone];
        let Some(wish) = known.wishes.remove(&wish) else { return };
        let Ok(reply) = result else { return };
        let era = known.era;
        let is_it =
            |accepted: &&mut Accepted, entry| accepted.era == era && accepted.entry == entry;
        match (wish, reply) {
            (Wish::SignOut, _) => {
                let life = known.life;
                self.later(1_000, Happening::SignIn { phone, life });
            }
            (Wish::Send { session, content, .. }, Reply::Entry(entry)) => {
                known.accepted.push(Accepted {
                    era: known.era,
                    entry,
                    session,
                    texts: vec![content],
                    is_discarded: false,
                    may_be_discarded: false,
                });
            }
            (Wish::Edit { entry, content }, _) => {
                known
                    .accepted
                    .iter_mut()
                    .filter(|accepted| is_it(accepted, entry))
                    .for_each(|accepted| accepted.texts = vec![content.clone()]);
            }
            (Wish::Discard { entry }, _) => {
                known
                    .accepted
                    .iter_mut()
                    .filter(|accepted| is_it(accepted, entry))
                    .for_each(|accepted| accepted.is_discarded = true);
            }
            (Wish::ReadUpTo { session, seq }, _) => {
                let mark = known.has_read.entry(session).or_default();
                *mark = (*mark).max(seq);
            }
            _ => {}
        }
    }
}
