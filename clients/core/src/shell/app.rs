//! What an app gives to a client.

use crate::{core::Change, error::ChatError, store::StoreKey};
use async_trait::async_trait;
use std::path::PathBuf;

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Config {
    /// The service's HTTP address, `https://…`.
    pub http_url: String,
    /// Its WebSocket address, `wss://…`.
    pub ws_url: String,
    /// The store's file, in a folder that only the app (and its extensions) can read.
    pub store: PathBuf,
    /// What opens it.
    pub key: StoreKey,
}

/// Where tokens come from.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A Cognito ID token of the signed-in user, as fresh as can be; `refused` says that the service
    /// does not take the last one, so it must be another. None when there is none (now).
    async fn token(&self, refused: bool) -> Option<String>;
}

/// Hears of changes. Called on a thread of the client's: return soon.
pub trait Listener: Send + Sync {
    /// What the app shows may have changed: query it again.
    fn changed(&self, change: Change);

    /// The store fails, or another process has taken it over: until the app opens a client again,
    /// nothing is sent.
    fn stopped(&self, error: ChatError);
}
