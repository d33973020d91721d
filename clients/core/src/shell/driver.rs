//! The driver: feeds the core, and has its effects done.

use super::{Config, Listener, TokenSource, http, time, views::Views};
use crate::{
    core::{Core, DialId, Event, Reply, Wish, WishId},
    error::ChatError,
    store::Store,
    wire::Role,
};
use reqwest::Client;
use rustls::ClientConfig;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

/// A far future.
const NEVER: Duration = Duration::from_hours(24 * 365);
/// Until a store that failed is tried again.
const RECOVERY: Duration = Duration::from_secs(2);

/// What a wish comes to.
pub(super) type Settled = oneshot::Sender<Result<Reply, ChatError>>;

/// What the driver is told.
pub(super) enum Message {
    /// By the app.
    Wish(Wish, Settled),
    SignIn(Role, Arc<dyn TokenSource>, Settled),
    App(Event),
    /// By a task that an earlier or this core has started.
    Event(u64, Event),
}

/// A WebSocket, open or being opened.
pub(super) struct Socket {
    pub dial: DialId,
    pub say: UnboundedSender<String>,
    pub task: tokio::task::AbortHandle,
}

pub(super) struct Driver {
    pub config: Config,
    pub listener: Arc<dyn Listener>,
    pub views: Arc<Views>,
    pub tls: Arc<ClientConfig>,
    pub http: Client,
    pub tokens: Option<Arc<dyn TokenSource>>,
    pub core: Core,
    pub store: Option<Store>,
    /// Which core it is: what earlier ones have started is nobody's.
    pub life: u64,
    pub wishes: HashMap<WishId, Settled>,
    pub next_wish: WishId,
    pub tasks: JoinSet<()>,
    pub socket: Option<Socket>,
    pub wake: Instant,
    pub tell: UnboundedSender<Message>,
    heard: UnboundedReceiver<Message>,
    role: Option<Role>,
    is_front: bool,
}

impl Driver {
    pub fn new(
        config: Config,
        listener: Arc<dyn Listener>,
        store: Store,
        views: Arc<Views>,
    ) -> Result<Self, ChatError> {
        let (tell, heard) = unbounded_channel();
        let tls = http::tls()?;
        Ok(Self {
            http: http::client(&tls)?,
            tls,
            core: Core::new(store.load()?),
            store: Some(store),
            config,
            listener,
            views,
            tokens: None,
            life: 1,
            wishes: HashMap::new(),
            next_wish: 1,
            tasks: JoinSet::new(),
            socket: None,
            wake: Instant::now() + NEVER,
            tell,
            heard,
            role: None,
            is_front: true,
        })
    }

    /// Runs until the client is closed, whatever waits to be done, or the store is another process's.
    pub async fn run(mut self, is_closed: Arc<AtomicBool>) {
        while !is_closed.load(Ordering::Relaxed) {
            tokio::select! {
                message = self.heard.recv() => {
                    let Some(message) = message else { return };
                    if let Err(error) = self.take(message) && !self.recover(error).await {
                        return;
                    }
                }
                () = sleep_until(self.wake) => {
                    self.wake = Instant::now() + NEVER;
                    if let Err(error) = self.step(Event::Tick) && !self.recover(error).await {
                        return;
                    }
                }
                // What has ended is let go.
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    fn take(&mut self, message: Message) -> Result<(), ChatError> {
        match message {
            Message::Wish(wish, settled) => {
                if matches!(wish, Wish::SignOut) {
                    self.role = None;
                }
                self.wish(wish, settled)
            }
            Message::SignIn(role, tokens, settled) => {
                self.tokens = Some(tokens);
                self.role = Some(role);
                self.wish(Wish::SignIn(role), settled)
            }
            Message::App(event) => {
                if let Event::Front(is_front) = event {
                    self.is_front = is_front;
                }
                self.step(event)
            }
            Message::Event(life, event) if life == self.life => self.step(event),
            Message::Event(..) => Ok(()),
        }
    }

    fn wish(&mut self, wish: Wish, settled: Settled) -> Result<(), ChatError> {
        let id = self.next_wish;
        self.next_wish += 1;
        self.wishes.insert(id, settled);
        self.step(Event::Wish(id, wish))
    }

    fn step(&mut self, event: Event) -> Result<(), ChatError> {
        for effect in self.core.handle(time::moment(), event) {
            self.carry_out(effect)?;
        }
        Ok(())
    }

    /// The store has failed: what the core believes in may not be stored. It is made anew from what
    /// is, as after a death. False when that is for another process to do.
    async fn recover(&mut self, mut error: ChatError) -> bool {
        loop {
            self.let_go(&error);
            if error.code == "store_taken_over" {
                self.store = None;
                self.listener.stopped(error);
                return false;
            }
            sleep(RECOVERY).await;
            match self.begin_anew() {
                Ok(()) => return true,
                Err(again) => error = again,
            }
        }
    }

    fn let_go(&mut self, error: &ChatError) {
        self.life += 1;
        self.socket = None;
        self.tasks.abort_all();
        for (_, settled) in self.wishes.drain() {
            // Whoever waited may have gone.
            let _ = settled.send(Err(error.clone()));
        }
    }

    fn begin_anew(&mut self) -> Result<(), ChatError> {
        let store = match &self.store {
            Some(store) => store,
            None => self.store.insert(Store::open(&self.config.store, &self.config.key)?),
        };
        self.core = Core::new(store.load()?);
        self.step(Event::Front(self.is_front))?;
        match self.role {
            Some(role) => self.wish(Wish::SignIn(role), oneshot::channel().0),
            None => Ok(()),
        }
    }
}
