//! What an app gives to a client, and what it hears.

use crate::{ChatError, Role};
use async_trait::async_trait;
pub use chat_client::{AccountState, Connection as ConnectionState};
use chat_client::{StoreKey, shell};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Where everything is.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Config {
    /// The service's HTTP address, `https://…`.
    pub http_url: String,
    /// Its WebSocket address, `wss://…`.
    pub ws_url: String,
    /// The store's file, in a folder that only the app (and its extensions) can read.
    pub store: String,
    /// What opens it: 32 random bytes, from the Keychain or Keystore.
    pub key: Vec<u8>,
}

impl Config {
    pub(crate) fn checked(self) -> Result<shell::Config, ChatError> {
        Ok(shell::Config {
            http_url: self.http_url,
            ws_url: self.ws_url,
            store: self.store.into(),
            key: StoreKey::new(&self.key)?,
        })
    }
}

/// Whether frames come.
#[uniffi::remote(Enum)]
pub enum ConnectionState {
    /// Not wanted, or waiting to be opened again.
    Offline,
    /// Being opened.
    Connecting,
    /// Open.
    Online,
}

/// What stands between the account and the service.
#[uniffi::remote(Enum)]
pub enum AccountState {
    /// Nothing.
    SignedIn,
    /// The service refuses tokens just got, or the app gets none: sign in again.
    TokenRefused,
    /// The token is someone else's, not the store's owner's: sign out first.
    OtherAccount,
    /// Nobody is signed in.
    SignedOut,
}

/// What may have changed: query it again.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Change {
    /// The list of sessions.
    Sessions,
    /// A session's messages, queue, marks or draft.
    Conversation {
        /// Which.
        session: i64,
    },
    /// Whether the other side is writing.
    Typing {
        /// Where.
        session: i64,
        /// Whether.
        typing: bool,
    },
    /// The WebSocket's state.
    Connection {
        /// Now.
        state: ConnectionState,
    },
    /// Who is signed in, or whether they still are.
    Account {
        /// Now.
        state: AccountState,
    },
    /// The store fails, or another process has taken it over: until the app opens a client again, nothing
    /// is sent.
    Stopped {
        /// Why.
        code: String,
    },
}

impl From<chat_client::Change> for Change {
    fn from(change: chat_client::Change) -> Self {
        use chat_client::Change as Core;
        match change {
            Core::Sessions => Self::Sessions,
            Core::Conversation(session) => Self::Conversation { session },
            Core::Typing(session, typing) => Self::Typing { session, typing },
            Core::Connection(state) => Self::Connection { state },
            Core::Account(state) => Self::Account { state },
        }
    }
}

/// Hears of changes.
#[uniffi::export(with_foreign)]
pub trait Listener: Send + Sync {
    /// What the app shows may have changed. Called on a thread of the client's: it must return soon, and
    /// throw nothing.
    fn changed(&self, change: Change);
}

/// Where tokens come from.
#[uniffi::export(with_foreign)]
pub trait TokenSource: Send + Sync {
    /// A token is wanted: get one in the background, and give it to [`TokenAsk::answer`]. Called on a thread
    /// of the client's: it must return soon, and throw nothing. (A function that is waited for across
    /// languages could not be abandoned.)
    fn wanted(&self, ask: Arc<TokenAsk>);
}

/// A question for a Cognito ID token, as fresh as can be.
#[derive(Debug, uniffi::Object)]
pub struct TokenAsk {
    refused: bool,
    role: Option<Role>,
    answer: Mutex<Option<oneshot::Sender<Option<String>>>>,
}

#[uniffi::export]
impl TokenAsk {
    /// Whether the service does not take the last token, so that it must be another.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// Whose token; none for a notification, where it is whoever is signed in.
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// The token; none when there is none (now). Only the first answer counts.
    pub fn answer(&self, token: Option<String>) {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(answer) = answer {
            // Whoever asked may have gone.
            let _ = answer.send(token);
        }
    }
}

/// Asks an app's source as the core asks.
pub(crate) struct Tokens {
    pub source: Arc<dyn TokenSource>,
    pub role: Option<Role>,
}

#[async_trait]
impl shell::TokenSource for Tokens {
    async fn token(&self, refused: bool) -> Option<String> {
        let (answer, answered) = oneshot::channel();
        let answer = Mutex::new(Some(answer));
        self.source.wanted(Arc::new(TokenAsk { refused, role: self.role, answer }));
        answered.await.ok().flatten()
    }
}

/// Tells an app's listener what the core tells.
pub(crate) struct Ear(pub Arc<dyn Listener>);

impl shell::Listener for Ear {
    fn changed(&self, change: chat_client::Change) {
        self.0.changed(change.into());
    }

    fn stopped(&self, error: chat_client::ChatError) {
        self.0.changed(Change::Stopped { code: error.code });
    }
}
