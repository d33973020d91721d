//! What must hold.
//!
//! While a run goes on: marks never move back; a socket that died is noticed in time; no token is
//! asked for without a reason; no request is made in another one's name; nothing is refused that
//! the service has. At its end: every message that the app was told is queued is at the service,
//! once, unless its user discarded it; one phone's messages of a session are there in their order;
//! every mark that a user set is there, and none that nobody set; what each phone shows is what the
//! service has.

use super::{
    phone::Accepted,
    service::{Room, Stored},
    world::{Happening, World},
};
use crate::{
    core::{Connection, DialId},
    moment::Millis,
    records::{ConversationView, EntryView},
    wire::Role,
};

impl World {
    fn break_promise(&mut self, promise: impl Into<String>) {
        let at = self.at;
        self.broken.get_or_insert_with(|| format!("at {at}: {}", promise.into()));
    }

    pub(super) fn look_at_marks(&mut self, phone: usize) {
        let known = &mut self.phones[phone];
        let Some(core) = &known.core else { return };
        let mut back = None;
        for state in core.states() {
            for role in [Role::Customer, Role::Dentist] {
                let mark = known.marks.entry((state.id, role)).or_default();
                if state.mark(role) < *mark {
                    back =
                        Some(format!("phone {phone}: {role:?}'s mark moved back in {}", state.id));
                }
                *mark = state.mark(role);
            }
        }
        if let Some(promise) = back {
            self.break_promise(promise);
        }
    }

    /// From now on, a dead socket has to be noticed within a while.
    pub(super) fn watch_socket(&mut self, phone: usize, within: Millis) {
        let known = &self.phones[phone];
        if let (Some(socket), Some(core)) = (known.socket, &known.core)
            && socket.is_dead
            && core.connection() == Connection::Online
        {
            let (life, dial, since) = (known.life, socket.dial, self.at);
            self.later(within, Happening::Noticed { phone, life, dial, since });
        }
    }

    pub(super) fn look_at_socket(&mut self, phone: usize, life: u64, dial: DialId, since: Millis) {
        let known = &self.phones[phone];
        let is_believed =
            known.core.as_ref().is_some_and(|core| core.connection() == Connection::Online);
        if known.life == life && known.dial == Some(dial) && known.heard_at < since && is_believed {
            self.break_promise(format!("phone {phone}: a dead socket was not noticed"));
        }
    }

    /// A token is asked for only when there is none that could be used.
    pub(super) fn look_at_token(&mut self, phone: usize, is_refused: bool) {
        let Some(given) = &self.phones[phone].given else { return };
        let is_over = self.at + 61_000 >= given.ends_at;
        if !is_over && !given.is_refused {
            self.break_promise(format!("phone {phone}: a token was asked for without need"));
        } else if is_refused && !given.is_refused {
            self.break_promise(format!("phone {phone}: a token was called refused that was not"));
        }
    }

    pub(super) fn token_is_refused(&mut self, phone: usize, token: &str) {
        if let Some(given) = &mut self.phones[phone].given
            && given.text == token
        {
            given.is_refused = true;
        }
    }

    pub(super) fn look_at_refusal(&mut self, phone: usize, entry: &EntryView) {
        let role = self.phones[phone].caller.role;
        let stored = self.service.rooms[&entry.session_id]
            .messages
            .iter()
            .find(|stored| is_it(stored, role, &entry.client_message_id));
        if let (Some(stored), Some(accepted)) = (stored, self.accepted(phone, entry.id))
            && accepted.texts.iter().any(|text| stored.was_sent_as(text))
        {
            let texts = format!("{:?}", accepted.texts);
            self.break_promise(format!("phone {phone}: {texts} is stored and refused"));
        }
    }

    pub(super) fn look_at_the_end(&mut self) {
        for phone in 0..self.phones.len() {
            let verdict = self.look_at_messages(phone).and_then(|()| self.look_at_views(phone));
            if let Err(promise) = verdict.and_then(|()| self.look_at_what_is_read(phone)) {
                self.break_promise(format!("phone {phone}: {promise}"));
            }
        }
    }

    /// Nothing lost, nothing doubled, nothing out of order.
    fn look_at_messages(&self, phone: usize) -> Result<(), String> {
        let mut last: std::collections::BTreeMap<(i64, u64), (i64, i64)> =
            std::collections::BTreeMap::new();
        for accepted in &self.phones[phone].accepted {
            let Accepted { era, entry, session, texts, is_discarded, may_be_discarded } = accepted;
            let text = texts.join(" or ");
            let stored = &self.service.rooms[session].messages;
            let found: Vec<&Stored> =
                stored.iter().filter(|m| texts.iter().any(|text| m.was_sent_as(text))).collect();
            match found[..] {
                [] if *is_discarded || *may_be_discarded => {}
                [] => return Err(format!("{text} is lost")),
                [_] if *is_discarded => return Err(format!("{text} was discarded and sent")),
                [stored] => {
                    let (last_entry, last_seq) = last.entry((*session, *era)).or_default();
                    if *last_entry > *entry || *last_seq > stored.seq {
                        return Err(format!("{text} overtook another one"));
                    }
                    (*last_entry, *last_seq) = (*entry, stored.seq);
                }
                _ => return Err(format!("{text} is there {} times", found.len())),
            }
        }
        Ok(())
    }

    /// What the phone shows is what the service has.
    fn look_at_views(&self, phone: usize) -> Result<(), String> {
        let role = self.phones[phone].caller.role;
        let store = &self.phones[phone].store;
        for id in self.rooms_of(self.phones[phone].caller) {
            let room = &self.service.rooms[&id];
            let view = store.conversation(id, 10_000).map_err(|error| error.to_string())?;
            let view = view.ok_or_else(|| format!("{id} is not shown"))?;
            compare(&view, room, role).map_err(|what| format!("in {id}, {what}"))?;
        }
        Ok(())
    }

    fn look_at_what_is_read(&self, phone: usize) -> Result<(), String> {
        for (session, seq) in &self.phones[phone].has_read {
            let mark = self.service.rooms[session].mark(self.phones[phone].caller.role);
            if mark < *seq {
                return Err(format!("{session} was read up to {seq}; the service knows {mark}"));
            }
        }
        Ok(())
    }
}

fn is_it(stored: &Stored, role: Role, client_message_id: &str) -> bool {
    stored.sender == role && stored.client_message_id == client_message_id
}

fn compare(view: &ConversationView, room: &Room, role: Role) -> Result<(), String> {
    if view.is_behind || !view.queue.is_empty() {
        return Err(format!("is behind: {}, queue: {:?}", view.is_behind, view.queue));
    }
    let same = |name: &str, shown: i64, there: i64| {
        if shown == there { Ok(()) } else { Err(format!("{name} is {shown}, not {there}")) }
    };
    let shown_last = view.messages.last().map_or(0, |message| message.seq);
    same("the last message", shown_last, room.last_seq())?;
    same("the unread count", view.session.unread_count, room.unread(role))?;
    if view.session.status != room.status {
        return Err(format!("the status is {:?}, not {:?}", view.session.status, room.status));
    }
    let first = view.messages.first().map_or(1, |message| message.seq);
    if !view.has_older && first > 1 {
        return Err("older messages are not offered".to_owned());
    }
    let there = room.messages.iter().filter(|stored| stored.seq >= first);
    same(
        "the number of messages",
        view.messages.len().try_into().unwrap(),
        there.clone().count().try_into().unwrap(),
    )?;
    for (shown, there) in view.messages.iter().zip(there) {
        let reader = if there.sender == Role::Customer { Role::Dentist } else { Role::Customer };
        let is_same = shown.seq == there.seq
            && shown.content == there.content
            && shown.retracted_at.is_some() == there.retracted_at.is_some()
            && shown.corrected_at.is_some() == there.corrected_at.is_some()
            && shown.images.len() == there.images.len()
            && shown.is_read == (there.seq <= room.mark(reader));
        if !is_same {
            return Err(format!("{shown:?} is shown for {there:?}"));
        }
    }
    Ok(())
}
