//! What the user waits for: asked at once, tried a few times, and given up before patience is.

use super::{
    Core, content,
    effect::{Method, Reply},
    input::{Wish, WishId},
    state::{
        call::Call,
        catch_up::Source,
        job::{Job, Plan, Purpose},
        timer::Timer,
    },
    verdict::{Unreadable, read},
};
use crate::{
    error::ChatError,
    moment::{Millis, SECOND},
    wire::{Message, Page, Role, Session},
};
use serde_json::{Value, json};

/// How long a call may take in all.
const PATIENCE: Millis = 20 * SECOND;
/// How often it is tried.
const TRIES: u32 = 4;
/// How many older messages are fetched at once.
const OLDER: usize = 50;

impl Core {
    pub(super) fn call(&mut self, id: WishId, wish: Wish) {
        let checked = match &wish {
            // An image may stand without text; the service knows.
            Wish::Correct { content, .. } => content::check(content, false),
            _ => Ok(()),
        };
        if let Err(error) = checked {
            return self.settle(id, Err(error));
        }
        let mut held = None;
        if let Wish::LoadOlder { session } = wish {
            let Some(known) = self.sessions.get(&session) else {
                return self.settle(id, Err(ChatError::invalid("there is no such session")));
            };
            if !known.state.has_older || known.state.last_seq == 0 {
                return self.settle(id, Ok(Reply::Done));
            }
            held = Some((known.state.first_seq, known.restarts));
        }
        self.calls.insert(id, Call { wish, held });
        self.set_timer(Timer::Call(id), PATIENCE);
        self.want(Job::Call(id));
    }

    pub(super) fn plan_call(&self, id: WishId) -> Option<Plan> {
        let call = self.calls.get(&id)?;
        let (method, path, body) = self.request_of(call)?;
        Some(Plan::Ask { purpose: Purpose::Call { wish: id }, method, path, body })
    }

    fn request_of(&self, call: &Call) -> Option<(Method, String, Option<Value>)> {
        Some(match &call.wish {
            Wish::CreateSession { other } => {
                let body = match self.account.role? {
                    Role::Customer => json!({ "dentist_id": other }),
                    Role::Dentist => json!({ "customer_id": other }),
                };
                (Method::Post, "/sessions".to_owned(), Some(body))
            }
            Wish::SetStatus { session, status } => {
                (Method::Patch, format!("/sessions/{session}"), Some(json!({ "status": status })))
            }
            Wish::Correct { session, seq, content } => {
                let path = format!("/sessions/{session}/messages/{seq}");
                (Method::Put, path, Some(json!({ "content": content })))
            }
            Wish::Retract { session, seq } => {
                (Method::Post, format!("/sessions/{session}/messages/{seq}/retraction"), None)
            }
            Wish::LoadOlder { session } => {
                let (before, _) = call.held?;
                let path = format!("/sessions/{session}/messages?before={before}&limit={OLDER}");
                (Method::Get, path, None)
            }
            Wish::RefreshImages { session, seq } => {
                let path = format!("/sessions/{session}/messages?around={seq}&limit=1");
                (Method::Get, path, None)
            }
            _ => return None,
        })
    }

    pub(super) fn call_answered(&mut self, id: WishId, body: &[u8]) -> Result<(), Unreadable> {
        let Some(call) = self.calls.get(&id) else { return Ok(()) };
        let reply = match call.wish {
            Wish::CreateSession { .. } | Wish::SetStatus { .. } => {
                let session: Session = read(body)?;
                self.absorb_session(&session, Source::Frame);
                Reply::Session(session.id)
            }
            Wish::Correct { .. } | Wish::Retract { .. } => {
                let message: Message = read(body)?;
                self.absorb_message(&message);
                Reply::Done
            }
            Wish::LoadOlder { session } => {
                let held = call.held;
                self.take_older(session, held, &read(body)?);
                Reply::Done
            }
            Wish::RefreshImages { session, .. } => {
                self.absorb_page(session, &read(body)?);
                Reply::Done
            }
            _ => Reply::Done,
        };
        self.end_call(id, Ok(reply));
        Ok(())
    }

    fn take_older(&mut self, session: i64, asked: Option<(i64, u32)>, page: &Page) {
        let Some(held) = self.sessions.get_mut(&session) else { return };
        if asked != Some((held.state.first_seq, held.restarts)) {
            // What was held then is not what is held now.
            return;
        }
        let is_next = page.messages.last().is_none_or(|last| last.seq + 1 == held.state.first_seq);
        if is_next {
            held.state.has_older = page.has_more_before;
        }
        if is_next && let Some(first) = page.messages.first() {
            held.state.first_seq = first.seq;
        }
        self.absorb_page(session, page);
    }

    pub(super) fn call_failed(&mut self, id: WishId, failures: u32, error: ChatError) {
        if failures >= TRIES {
            self.give_up(id, error);
        }
    }

    pub(super) fn call_is_over(&mut self, id: WishId) {
        self.give_up(id, ChatError::no_answer());
    }

    /// It may have been carried out all the same, and no frame tells the connection that it named. One that
    /// is under way still may be later.
    fn give_up(&mut self, id: WishId, error: ChatError) {
        let job = Job::Call(id);
        if self.requests.values().any(|asked| asked.job == job && asked.is_unheard) {
            self.ask_afterwards();
        }
        self.end_call(id, Err(error));
        self.catch_up.want();
        self.want(Job::CatchUp);
    }

    pub(super) fn end_call(&mut self, id: WishId, result: Result<Reply, ChatError>) {
        if self.calls.remove(&id).is_none() {
            return;
        }
        self.end_timer(Timer::Call(id));
        // A late answer is nobody's.
        self.requests.retain(|_, asked| asked.job != Job::Call(id));
        self.lanes.remove(&Job::Call(id));
        self.todo.remove(&Job::Call(id));
        self.settle(id, result);
    }
}
