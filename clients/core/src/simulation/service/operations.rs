//! The operations.

use super::{Answer, Caller, ConnectionId, Service, Stored, message, session};
use crate::{
    core::{Method, Request},
    wire::{Marked, Status},
};
use serde_json::Value;

impl Service {
    /// Carries a request out, at once and wholly.
    pub fn answer(&mut self, at: u64, caller: Caller, request: &Request) -> Answer {
        let except = request.connection.as_ref().and_then(|id| id.parse().ok());
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let body = request.body.as_ref().map(|body| serde_json::from_str(body).unwrap());
        let body: Value = body.unwrap_or_default();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let number = |at: usize| parts.get(at).and_then(|part| part.parse::<i64>().ok());
        if parts[0] == "sync" {
            return self
                .sync(caller, query.split('&').find_map(|pair| pair.strip_prefix("since=")));
        }
        if parts[0] == "players" {
            return Answer::json(200, &());
        }
        let Some(room) = number(1).filter(|id| self.rooms.get(id).is_some_and(|r| r.has(caller)))
        else {
            return Answer::problem(404, "session_not_found");
        };
        match (request.method, parts.get(2).copied(), number(3)) {
            (Method::Get, Some("messages"), _) => self.page(room, query),
            (Method::Post, Some("messages"), None) => self.send(at, caller, room, &body, except),
            (Method::Post, Some("read"), _) => self.mark(caller, room, &body, except),
            (Method::Post, Some("uploads"), _) => self.create_upload(room),
            (Method::Put, Some("messages"), Some(seq)) => {
                self.correct(at, caller, room, seq, body["content"].as_str().unwrap(), except)
            }
            (Method::Post, Some("messages"), Some(seq)) => {
                self.retract(at, caller, room, seq, except)
            }
            (Method::Patch, None, _) => self.set_status(at, caller, room, &body, except),
            _ => Answer::problem(404, "unknown_route"),
        }
    }

    pub fn send(
        &mut self,
        at: u64,
        caller: Caller,
        room: i64,
        body: &Value,
        except: Option<ConnectionId>,
    ) -> Answer {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let keys = body["image_urls"].as_array().cloned().unwrap_or_default();
        let keys: Vec<String> = keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect();
        let original = (text("content"), keys.clone());
        let known = &self.rooms[&room];
        let id = text("client_message_id");
        let mut stored = known.messages.iter();
        if let Some(stored) = stored.find(|m| m.sender == caller.role && m.client_message_id == id)
        {
            if stored.original != original {
                return Answer::problem(422, "client_message_id_reused");
            }
            return Answer::json(200, &message(known, stored.seq));
        }
        let mark = body["read_up_to_seq"].as_i64();
        if mark.is_some_and(|mark| mark > known.last_seq()) {
            return Answer::problem(400, "invalid_request");
        }
        if known.status == Status::Archived {
            return Answer::problem(409, "session_archived");
        }
        if !keys.iter().all(|key| self.is_there(key)) {
            return Answer::problem(422, "image_not_found");
        }
        let seq = self.append(at, caller, room, id, original);
        if let Some(mark) = mark {
            self.move_mark(caller, room, mark, except);
        }
        self.tell_new(room, seq, except);
        Answer::json(201, &message(&self.rooms[&room], seq))
    }

    /// A last word, whatever the session's status, so that gaps are seen.
    pub fn say_last(&mut self, at: u64, caller: Caller, room: i64) {
        let original = ("the last word".to_owned(), vec![]);
        let seq = self.append(at, caller, room, format!("last-{room}"), original);
        self.tell_new(room, seq, None);
    }

    fn append(
        &mut self,
        at: u64,
        caller: Caller,
        room: i64,
        id: String,
        original: (String, Vec<String>),
    ) -> i64 {
        let (now, changed) = (self.now(at), self.changed());
        let known = self.rooms.get_mut(&room).unwrap();
        let seq = known.last_seq() + 1;
        known.messages.push(Stored {
            seq,
            sender: caller.role,
            content: original.0.clone(),
            images: original.1.clone(),
            client_message_id: id,
            original,
            created_at: now,
            corrected_at: None,
            retracted_at: None,
            changed,
        });
        (known.updated_at, known.changed) = (now, changed);
        seq
    }

    fn move_mark(&mut self, caller: Caller, room: i64, mark: i64, except: Option<ConnectionId>) {
        let changed = self.changed();
        let known = self.rooms.get_mut(&room).unwrap();
        if mark > known.mark(caller.role) {
            match caller.role {
                crate::wire::Role::Customer => known.customer_read_seq = mark,
                crate::wire::Role::Dentist => known.dentist_read_seq = mark,
            }
            known.changed = changed;
            self.tell_mark(room, caller.role, except);
        }
    }

    pub fn mark(
        &mut self,
        caller: Caller,
        room: i64,
        body: &Value,
        except: Option<ConnectionId>,
    ) -> Answer {
        let mark = body["up_to_seq"].as_i64().unwrap();
        if mark > self.rooms[&room].last_seq() {
            return Answer::problem(400, "invalid_request");
        }
        self.move_mark(caller, room, mark, except);
        let known = &self.rooms[&room];
        let (up_to_seq, unread_count) = (known.mark(caller.role), known.unread(caller.role));
        Answer::json(200, &Marked { up_to_seq, unread_count })
    }

    pub fn correct(
        &mut self,
        at: u64,
        caller: Caller,
        room: i64,
        seq: i64,
        content: &str,
        except: Option<ConnectionId>,
    ) -> Answer {
        let content = content.to_owned();
        self.change(at, caller, room, seq, except, |stored, now| {
            if stored.retracted_at.is_some() {
                return Err(Answer::problem(409, "message_retracted"));
            }
            if stored.content == content {
                return Ok(false);
            }
            stored.content = content;
            stored.corrected_at = Some(now);
            Ok(true)
        })
    }

    pub fn retract(
        &mut self,
        at: u64,
        caller: Caller,
        room: i64,
        seq: i64,
        except: Option<ConnectionId>,
    ) -> Answer {
        self.change(at, caller, room, seq, except, |stored, now| {
            let is_new = stored.retracted_at.is_none();
            stored.retracted_at.get_or_insert(now);
            stored.content.clear();
            stored.images.clear();
            Ok(is_new)
        })
    }

    fn change(
        &mut self,
        at: u64,
        caller: Caller,
        room: i64,
        seq: i64,
        except: Option<ConnectionId>,
        change: impl FnOnce(&mut Stored, u64) -> Result<bool, Answer>,
    ) -> Answer {
        let (now, changed) = (self.now(at), self.changed());
        let known = self.rooms.get_mut(&room).unwrap();
        let Some(stored) = known.messages.iter_mut().find(|message| message.seq == seq) else {
            return Answer::problem(404, "message_not_found");
        };
        if stored.sender != caller.role {
            return Answer::problem(403, "forbidden");
        }
        match change(stored, now) {
            Err(answer) => return answer,
            Ok(true) => {
                stored.changed = changed;
                known.changed = changed;
                self.tell_message(room, seq, except);
            }
            Ok(false) => {}
        }
        Answer::json(200, &message(&self.rooms[&room], seq))
    }

    pub fn set_status(
        &mut self,
        at: u64,
        caller: Caller,
        room: i64,
        body: &Value,
        except: Option<ConnectionId>,
    ) -> Answer {
        let status: Status = serde_json::from_value(body["status"].clone()).unwrap();
        let (now, changed) = (self.now(at), self.changed());
        let known = self.rooms.get_mut(&room).unwrap();
        if known.status != status {
            (known.status, known.updated_at, known.changed) = (status, now, changed);
            self.tell_session(room, except);
        }
        Answer::json(200, &session(&self.rooms[&room], caller.role))
    }
}
