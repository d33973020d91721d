//! The client: a dozen functions.

use crate::{
    ChatError, Config, Conversation, Hit, Listener, Reply, Role, Session, Status, TokenSource,
    Wish,
    app::{Ear, Tokens},
};
use chat_client::shell::Client;
use std::{sync::Arc, time::Duration};

/// Longer than a listener takes to return.
const PATIENCE: Duration = Duration::from_secs(2);

/// A client of the chat. Open one per app, early; close it when the app ends.
#[derive(uniffi::Object)]
pub struct ChatClient(Client);

#[uniffi::export]
impl ChatClient {
    /// Opens the store and shows what it holds; asks nothing of the service before signing in.
    #[uniffi::constructor]
    pub fn open(config: Config, listener: Arc<dyn Listener>) -> Result<Arc<Self>, ChatError> {
        Ok(Arc::new(Self(Client::open(config.checked()?, Arc::new(Ear(listener)))?)))
    }

    /// Ends everything at once; whoever waits gets the error `closed`. What is queued is sent by the next
    /// client. When it returns, the listener hears nothing more.
    pub fn close_now(&self) {
        // Python aborts when a thread of ours calls it while it ends.
        self.0.close_within(PATIENCE);
    }

    /// Signs in, at each start of the app. Fails with `other_account` when the store is of another role.
    pub async fn sign_in(&self, role: Role, tokens: Arc<dyn TokenSource>) -> Result<(), ChatError> {
        let tokens = Tokens { source: tokens, role: Some(role) };
        Ok(self.0.sign_in(role, Arc::new(tokens)).await?)
    }

    /// Carries a wish out.
    pub async fn wish(&self, wish: Wish) -> Result<Reply, ChatError> {
        Ok(self.0.wish(wish.into()).await?.into())
    }

    /// The app is what the user looks at, or not.
    pub fn set_front(&self, is_front: bool) {
        self.0.set_front(is_front);
    }

    /// The phone has a network, or another one, or none. Tell each change.
    pub fn set_network(&self, is_up: bool) {
        self.0.set_network(is_up);
    }

    /// The sessions of a status (none: of all), most recent activity first.
    pub fn sessions(&self, status: Option<Status>, limit: u32) -> Result<Vec<Session>, ChatError> {
        Ok(self.0.sessions(status, count(limit))?)
    }

    /// A session with the newest of its messages; none when it is not known (yet).
    pub fn conversation(
        &self,
        session: i64,
        limit: u32,
    ) -> Result<Option<Conversation>, ChatError> {
        Ok(self.0.conversation(session, count(limit))?)
    }

    /// What belongs on the app's icon.
    pub fn unread_total(&self) -> Result<i64, ChatError> {
        Ok(self.0.unread_total()?)
    }

    /// What the user has begun to write in a session.
    pub fn draft(&self, session: i64) -> Result<Option<String>, ChatError> {
        Ok(self.0.draft(session)?)
    }

    /// The newest messages that are held in which every word of the text stands.
    pub fn search(&self, text: &str, limit: u32) -> Result<Vec<Hit>, ChatError> {
        Ok(self.0.search(text, count(limit))?)
    }
}

impl Drop for ChatClient {
    /// Of a client that was not closed.
    fn drop(&mut self) {
        self.close_now();
    }
}

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
