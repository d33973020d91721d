//! Catching up, and pages.

use super::{Answer, Caller, Room, Service, message, session};
use crate::wire::{Changes, Page, SessionChange};

/// Sessions of a page: few, so that there are more pages.
const SESSIONS: usize = 2;
const MESSAGES: usize = 20;

impl Service {
    /// A cursor is the database, the change that the run began after, and the one it has come to.
    pub fn sync(&self, caller: Caller, since: Option<&str>) -> Answer {
        let cursor: Vec<u64> =
            since.unwrap_or("0-0-0").split('-').filter_map(|part| part.parse().ok()).collect();
        let [database, began, position] = cursor[..] else {
            return Answer::problem(400, "invalid_request");
        };
        if since.is_some() && database != self.database {
            return Answer::problem(410, "sync_expired");
        }
        let mut rooms: Vec<&Room> = self
            .rooms
            .values()
            .filter(|room| room.has(caller) && room.changed > position)
            .collect();
        rooms.sort_by_key(|room| room.changed);
        let has_more = rooms.len() > SESSIONS;
        rooms.truncate(SESSIONS);
        let position = rooms.last().map_or(position, |room| room.changed);
        let began_next = if has_more { began } else { position };
        let sessions = rooms.into_iter().map(|room| change(room, caller, began)).collect();
        let next = format!("{}-{began_next}-{position}", self.database);
        Answer::json(200, &Changes { sessions, next, has_more })
    }

    pub fn page(&self, room: i64, query: &str) -> Answer {
        let room = &self.rooms[&room];
        let value = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse::<i64>().ok())
        };
        let limit = usize::try_from(value("limit").unwrap_or(50)).unwrap();
        let all: Vec<i64> = room.messages.iter().map(|message| message.seq).collect();
        let chosen: Vec<i64> = if let Some(after) = value("after") {
            all.iter().copied().filter(|seq| *seq > after).take(limit).collect()
        } else {
            let before = value("before").unwrap_or(i64::MAX);
            let older: Vec<i64> = all.iter().copied().filter(|seq| *seq < before).collect();
            older[older.len().saturating_sub(limit)..].to_vec()
        };
        Answer::json(
            200,
            &Page {
                has_more_before: chosen.first().is_some_and(|first| *first > 1),
                messages: chosen.into_iter().map(|seq| message(room, seq)).collect(),
                last_seq: room.last_seq(),
                customer_read_seq: room.customer_read_seq,
                dentist_read_seq: room.dentist_read_seq,
            },
        )
    }
}

fn change(room: &Room, caller: Caller, began: u64) -> SessionChange {
    let changed = room.messages.iter().filter(|message| message.changed > began);
    let mut seqs: Vec<i64> = changed.map(|message| message.seq).collect();
    let truncated = seqs.len() > MESSAGES;
    if truncated {
        seqs = room.messages.iter().map(|message| message.seq).collect();
        seqs.drain(..seqs.len() - MESSAGES);
    }
    SessionChange {
        session: session(room, caller.role),
        messages: seqs.into_iter().map(|seq| message(room, seq)).collect(),
        truncated,
    }
}
