//! Where the local stack's parts are.

use serde::Deserialize;
use std::{env, fs};
use url::Url;

/// The parts of `endpoints.json` that tests use.
#[derive(Clone, Deserialize)]
pub struct Endpoints {
    /// The identity provider: the tokens' issuer.
    pub identity: String,
    /// The push provider's stand-in.
    pub onesignal: String,
    /// PostgreSQL as the functions' role.
    pub database_url: Url,
    /// PostgreSQL as the schema's owner.
    pub database_admin_url: Url,
    /// Jarvis as the functions' account, which may only SELECT.
    pub jarvis_url: Url,
    /// Jarvis as an account that may add people.
    pub jarvis_admin_url: Url,
}

impl Endpoints {
    /// Reads the file that `CHAT_ENDPOINTS` names.
    #[must_use]
    pub fn read() -> Self {
        let Ok(path) = env::var("CHAT_ENDPOINTS") else {
            panic!(
                "CHAT_ENDPOINTS is not set: these tests need a local stack. Run them with \
                 `make test`, or `target/debug/chat-local exec -- cargo test -p <package>`"
            );
        };
        let text = fs::read_to_string(&path).expect("CHAT_ENDPOINTS names a readable file");
        serde_json::from_str(&text).expect("CHAT_ENDPOINTS names a stack's endpoints.json")
    }
}
