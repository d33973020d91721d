//! What an app uses.

use super::{
    Config, Listener, TokenSource,
    driver::{Driver, Message},
    views::Views,
};
use crate::{
    core::{Event, Reply, Wish},
    error::{Advice, ChatError},
    records::{ConversationView, Role, SessionView, Status},
    store::{Hit, Store},
};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::{mpsc::UnboundedSender, oneshot},
};

/// A client of the chat. Open one per app, early; close it (or drop it) when the app ends.
pub struct Client {
    tell: UnboundedSender<Message>,
    views: Arc<Views>,
    /// None once closed.
    runtime: Mutex<Option<Runtime>>,
    is_closed: Arc<AtomicBool>,
}

impl Client {
    /// Opens the store and shows what it holds; asks nothing of the service before
    /// [`Client::sign_in`].
    ///
    /// # Errors
    /// `store_key`, `store_newer`, `store_failed`
    pub fn open(config: Config, listener: Arc<dyn Listener>) -> Result<Self, ChatError> {
        let store = Store::open(&config.store, &config.key)?;
        let views = Arc::new(Views::new(config.clone()));
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|_| {
            ChatError::new("no_threads", "there are no threads to run on", Advice::Report)
        })?;
        let driver = Driver::new(config, listener, store, Arc::clone(&views))?;
        let tell = driver.tell.clone();
        let is_closed = Arc::<AtomicBool>::default();
        runtime.spawn(driver.run(Arc::clone(&is_closed)));
        Ok(Self { tell, views, runtime: Mutex::new(Some(runtime)), is_closed })
    }

    /// Ends everything at once; whoever waits gets the error `closed`. What is queued is sent by the
    /// next client.
    pub fn close(&self) {
        self.close_within(Duration::ZERO);
    }

    /// The same, and waits until the listener and the token source are let go and hear nothing more,
    /// though no longer than `limit`. Called by one of them, it does not wait.
    pub fn close_within(&self, limit: Duration) {
        self.is_closed.store(true, Ordering::Relaxed);
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            // One of its own threads cannot wait for it.
            let is_inside = Handle::try_current().is_ok();
            runtime.shutdown_timeout(if is_inside { Duration::ZERO } else { limit });
        }
    }

    /// Signs in, at each start of the app.
    ///
    /// # Errors
    /// `other_account` when the store is of another role: sign out first.
    pub async fn sign_in(&self, role: Role, tokens: Arc<dyn TokenSource>) -> Result<(), ChatError> {
        let (settled, waiting) = oneshot::channel();
        self.settle(Message::SignIn(role, tokens, settled), waiting).await.map(|_| ())
    }

    /// Forgets everything at once, and tries for a few seconds to unregister the phone. The app
    /// then makes a new key for the next one to sign in, in a client opened anew.
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub async fn sign_out(&self) -> Result<(), ChatError> {
        self.wish(Wish::SignOut).await.map(|_| ())
    }

    /// The app is what the user looks at, or not.
    pub fn set_front(&self, is_front: bool) {
        self.tell(Message::App(Event::Front(is_front)));
    }

    /// The phone has a network, or another one, or none. Tell each change.
    pub fn set_network(&self, is_up: bool) {
        self.tell(Message::App(Event::Network(is_up)));
    }

    /// Carries a wish out. For [`Wish::SignIn`], see [`Client::sign_in`].
    ///
    /// # Errors
    /// What the service refuses it with; `no_answer` when it cannot be asked in time, for what is
    /// not queued; `invalid_request` and its like when it can never be done.
    pub async fn wish(&self, wish: Wish) -> Result<Reply, ChatError> {
        let (settled, waiting) = oneshot::channel();
        self.settle(Message::Wish(wish, settled), waiting).await
    }

    /// Queues a message; it is sent as soon as it can be, whatever happens to the app.
    ///
    /// # Errors
    /// `invalid_request` when it can never be sent.
    pub async fn send(
        &self,
        session: i64,
        content: String,
        images: Vec<Vec<u8>>,
    ) -> Result<i64, ChatError> {
        let images = images.into_iter().map(Arc::from).collect();
        match self.wish(Wish::Send { session, content, images }).await? {
            Reply::Entry(entry) => Ok(entry),
            Reply::Done | Reply::Session(_) => Err(closed()),
        }
    }

    /// The sessions of a status (`None`: of all), most recent activity first.
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub fn sessions(
        &self,
        status: Option<Status>,
        limit: usize,
    ) -> Result<Vec<SessionView>, ChatError> {
        self.views.read(|store| store.sessions(status, limit))
    }

    /// A session with the newest of its messages; none when it is not known (yet).
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub fn conversation(
        &self,
        session: i64,
        limit: usize,
    ) -> Result<Option<ConversationView>, ChatError> {
        self.views.read(|store| store.conversation(session, limit))
    }

    /// What belongs on the app's icon.
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub fn unread_total(&self) -> Result<i64, ChatError> {
        self.views.read(Store::unread_total)
    }

    /// What the user has begun to write in a session.
    ///
    /// # Errors
    /// `store_failed`
    pub fn draft(&self, session: i64) -> Result<Option<String>, ChatError> {
        self.views.read(|store| store.draft(session))
    }

    /// The newest messages that are held in which every word of the text stands.
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<Hit>, ChatError> {
        self.views.read(|store| store.search(text, limit))
    }

    fn tell(&self, message: Message) {
        // After the end, nobody listens.
        let _ = self.tell.send(message);
    }

    async fn settle(
        &self,
        message: Message,
        waiting: oneshot::Receiver<Result<Reply, ChatError>>,
    ) -> Result<Reply, ChatError> {
        self.tell(message);
        waiting.await.unwrap_or_else(|_| Err(closed()))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close();
    }
}

fn closed() -> ChatError {
    ChatError::new("closed", "the client is closed", Advice::Report)
}
