//! What people do, at random.

use super::{
    phone::Accepted,
    service::Caller,
    world::{DENTIST, Happening, World},
};
use crate::{
    core::{Event, Wish},
    moment::SECOND,
    records::{ConversationView, EntryView, MessageView},
    wire::{Role, Status},
};
use serde_json::json;
use std::sync::Arc;

impl World {
    /// A user does something with a phone.
    pub(super) fn act(&mut self, phone: usize) {
        let wait = SECOND / 2 + self.roll(7 * SECOND);
        if self.is_calm {
            return;
        }
        self.later(wait, Happening::Act { phone });
        if self.phones[phone].core.is_none() {
            return;
        }
        if self.roll(12) == 0 {
            let is_front = !self.phones[phone].is_front;
            self.phones[phone].is_front = is_front;
            if is_front {
                self.watch_socket(phone, 5_100);
            }
            return self.step(phone, Event::Front(is_front));
        }
        let rooms: Vec<i64> = self.rooms_of(self.phones[phone].caller);
        let room = rooms[self.pick(rooms.len())];
        let view = self.phones[phone].store.conversation(room, 60);
        match view {
            Ok(Some(view)) => self.act_in(phone, room, &view),
            _ => self.say_something(phone, room),
        }
    }

    fn act_in(&mut self, phone: usize, room: i64, view: &ConversationView) {
        let mine: Vec<&MessageView> = view.messages.iter().filter(|m| m.is_mine).collect();
        let one_of_mine = (!mine.is_empty()).then(|| mine[self.pick(mine.len())].seq);
        let refused: Option<&EntryView> = view.queue.iter().find(|e| e.refusal.is_some());
        let any = (!view.queue.is_empty()).then(|| view.queue[self.pick(view.queue.len())].id);
        let is_dentist = self.phones[phone].caller.role == Role::Dentist;
        let wish = match (self.roll(20), one_of_mine) {
            (0..5, _) => {
                let Some(seq) = displayed(view) else { return };
                Wish::ReadUpTo { session: room, seq }
            }
            (5, Some(seq)) => Wish::Retract { session: room, seq },
            (6..8, Some(seq)) => {
                Wish::Correct { session: room, seq, content: self.new_text(phone) }
            }
            (8, _) if is_dentist => {
                let status = if self.roll(3) == 0 { Status::Archived } else { Status::Active };
                Wish::SetStatus { session: room, status }
            }
            (9, _) => Wish::Typing { session: room, typing: true },
            (10, _) => Wish::LoadOlder { session: room },
            (11, _) if refused.is_some() => Wish::Retry { entry: refused.unwrap().id },
            (12, _) if any.is_some() => Wish::Discard { entry: any.unwrap() },
            (13, _) if any.is_some() => {
                Wish::Edit { entry: any.unwrap(), content: self.new_text(phone) }
            }
            (14, _) => Wish::CatchUp,
            (15, _) if self.roll(4) == 0 => Wish::SignOut,
            (15, _) => Wish::RegisterPhone { subscription: self.new_text(phone) },
            _ => return self.say_something(phone, room),
        };
        self.wish(phone, wish);
    }

    fn say_something(&mut self, phone: usize, room: i64) {
        let image: Arc<[u8]> = Arc::from(&b"\xFF\xD8\xFF\xD9"[..]);
        let images = if self.roll(3) == 0 { 1 + self.roll(3) } else { 0 };
        let images = (0..images).map(|_| Arc::clone(&image)).collect();
        let content = self.new_text(phone);
        self.wish(phone, Wish::Send { session: room, content, images });
    }

    /// No text is used twice.
    fn new_text(&mut self, phone: usize) -> String {
        self.texts += 1;
        format!("{phone}:{}", self.texts)
    }

    /// Someone does something on a device of another kind, straight at the service.
    pub(super) fn elsewhere(&mut self) {
        if self.is_calm {
            return;
        }
        let wait = self.roll(25 * SECOND);
        self.later(wait, Happening::Elsewhere);
        let room = 1 + i64::try_from(self.roll(3)).unwrap();
        let last = self.service.rooms[&room].last_seq();
        let at = self.at;
        match self.roll(8) {
            0 => self.service.archive_by_age(room),
            1 => {
                let seq = last - self.roll(5).cast_signed();
                self.service.mark(DENTIST, room, &json!({ "up_to_seq": seq.max(0) }), None);
            }
            2 | 3 if last > 0 => {
                let seq = 1 + self.roll(last.unsigned_abs() - 1).cast_signed();
                self.service.correct(at, DENTIST, room, seq, &format!("other:{at}"), None);
            }
            4 if last > 0 => {
                let seq = 1 + self.roll(last.unsigned_abs() - 1).cast_signed();
                self.service.retract(at, DENTIST, room, seq, None);
            }
            _ => {
                let burst = if self.roll(5) == 0 { 35 } else { 1 + self.roll(3) };
                for number in 0..burst {
                    let body = json!({
                        "client_message_id": format!("other-{at}-{number}"), "content": "other",
                    });
                    self.service.send(at, DENTIST, room, &body, None);
                }
            }
        }
        self.send_frames();
    }

    /// Whoever has a refused message decides on it in the end.
    pub(super) fn resolve(&mut self) {
        let wait = 30 * SECOND;
        self.later(wait, Happening::Resolve);
        for phone in 0..self.phones.len() {
            for room in self.rooms_of(self.phones[phone].caller) {
                let Ok(Some(view)) = self.phones[phone].store.conversation(room, 1) else {
                    continue;
                };
                for entry in view.queue.into_iter().filter(|entry| entry.refusal.is_some()) {
                    let is_open = self.service.rooms[&room].status == Status::Active;
                    self.look_at_refusal(phone, &entry);
                    let entry = entry.id;
                    let wish =
                        if is_open { Wish::Retry { entry } } else { Wish::Discard { entry } };
                    self.wish(phone, wish);
                }
            }
        }
    }

    pub(super) fn rooms_of(&self, caller: Caller) -> Vec<i64> {
        self.service.rooms.values().filter(|room| room.has(caller)).map(|room| room.id).collect()
    }

    /// What was said of an entry, as the app was told.
    pub(super) fn accepted(&self, phone: usize, entry: i64) -> Option<&Accepted> {
        let known = &self.phones[phone];
        known.accepted.iter().find(|it| it.era == known.era && it.entry == entry)
    }
}

/// The newest message before which none is missing.
fn displayed(view: &ConversationView) -> Option<i64> {
    let is_shown = |message: &&MessageView| !message.has_gap_before;
    let mut messages = view.messages.iter();
    let first = messages.next()?;
    Some(messages.take_while(is_shown).last().unwrap_or(first).seq)
}
