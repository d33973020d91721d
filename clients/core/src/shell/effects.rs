//! Effects, as things that are done.

use super::{
    driver::{Driver, Message, Socket},
    http, socket, time,
};
use crate::{
    core::{AskId, DialId, Effect, Event, Outcome, Put, RequestId},
    error::{Advice, ChatError},
    store::Store,
};
use std::{future::Future, time::Duration};
use tokio::{sync::mpsc::unbounded_channel, time::Instant};

impl Driver {
    /// Does it, or has it done.
    ///
    /// # Errors
    /// What the store fails with; nothing that follows may be done then.
    pub(super) fn carry_out(&mut self, effect: Effect) -> Result<(), ChatError> {
        match effect {
            Effect::Commit(writes) => self.open_store()?.commit(&writes)?,
            Effect::EraseStore => self.erase()?,
            Effect::Ask(request) => {
                let (client, base) = (self.http.clone(), self.config.http_url.clone());
                self.ends(request.id, async move { http::ask(&client, &base, request).await });
            }
            Effect::Put(put) => self.put(put)?,
            Effect::AskToken { ask, refused } => self.ask_token(ask, refused),
            Effect::Dial { dial, token } => self.dial(dial, token),
            Effect::Say { dial, text } => {
                if let Some(socket) = self.socket.as_ref().filter(|socket| socket.dial == dial) {
                    // One that has just closed tells so by itself.
                    let _ = socket.say.send(text);
                }
            }
            Effect::HangUp { dial } => {
                self.socket.take_if(|socket| socket.dial == dial);
            }
            Effect::WakeAt(at) => {
                let wait = Duration::from_millis(at.saturating_sub(time::now()));
                self.wake = Instant::now() + wait;
            }
            Effect::Settle(wish, result) => {
                if let Some(settled) = self.wishes.remove(&wish) {
                    // Whoever waited may have gone.
                    let _ = settled.send(result);
                }
            }
            Effect::Show(change) => self.listener.changed(change),
        }
        Ok(())
    }

    fn open_store(&mut self) -> Result<&mut Store, ChatError> {
        let missing = || ChatError::new("store_failed", "the store is closed", Advice::Report);
        self.store.as_mut().ok_or_else(missing)
    }

    fn erase(&mut self) -> Result<(), ChatError> {
        let mut views = self.views.lock();
        *views = None;
        if let Some(store) = self.store.take() {
            self.store = Some(store.erase(&self.config.store, &self.config.key)?);
        }
        Ok(())
    }

    /// Runs a task, of which the core hears when it has ended.
    fn run_task(&mut self, event: impl Future<Output = Event> + Send + 'static) {
        let (tell, life) = (self.tell.clone(), self.life);
        self.tasks.spawn(async move {
            // Nobody listens after the end.
            let _ = tell.send(Message::Event(life, event.await));
        });
    }

    fn ends(&mut self, id: RequestId, outcome: impl Future<Output = Outcome> + Send + 'static) {
        self.run_task(async move { Event::Ended(id, outcome.await) });
    }

    fn put(&mut self, put: Put) -> Result<(), ChatError> {
        let bytes = self.open_store()?.image_bytes(put.entry, put.position)?;
        let client = self.http.clone();
        self.ends(put.id, async move { http::put(&client, put, bytes).await });
        Ok(())
    }

    fn ask_token(&mut self, ask: AskId, refused: bool) {
        let Some(tokens) = self.tokens.clone() else { return };
        self.run_task(async move { Event::Token(ask, tokens.token(refused).await) });
    }

    fn dial(&mut self, dial: DialId, token: String) {
        let (say, said) = unbounded_channel();
        let (tell, life) = (self.tell.clone(), self.life);
        let (url, tls) = (self.config.ws_url.clone(), self.tls.clone());
        let task = self.tasks.spawn(socket::run(url, token, tls, said, move |event| {
            // Nobody listens after the end.
            let _ = tell.send(Message::Event(life, Event::Socket(dial, event)));
        }));
        self.socket = Some(Socket { dial, say, task });
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}
