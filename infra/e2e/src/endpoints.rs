//! Where the local stack's parts are.

use serde::Deserialize;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The content of `endpoints.json`.
#[derive(Clone, Debug, Deserialize)]
pub struct Endpoints {
    /// The HTTP API.
    pub http_api: String,
    /// The WebSocket API, stage included.
    pub ws_api: String,
    /// The `@connections` API, stage included.
    pub management_api: String,
    /// The Lambda Invoke API and the controls.
    pub lambda_api: String,
    /// S3.
    pub s3: String,
    /// The identity provider: the tokens' issuer.
    pub identity: String,
    /// The push provider's stand-in.
    pub onesignal: String,
    /// The web page.
    pub console: String,
    /// PostgreSQL as the functions' role.
    pub database_url: String,
    /// PostgreSQL as the schema's owner.
    pub database_admin_url: String,
    /// Jarvis as the functions' account, which may only SELECT.
    pub jarvis_url: String,
    /// Jarvis as an account that may add people.
    pub jarvis_admin_url: String,
    /// The log file.
    pub log: PathBuf,
}

impl Endpoints {
    /// Reads the file that `CHAT_ENDPOINTS` names.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn shared() -> Self {
        let Ok(path) = env::var("CHAT_ENDPOINTS") else {
            panic!(
                "CHAT_ENDPOINTS is not set: these tests need a local stack. Run them with \
                 `make test`, or `target/debug/chat-local exec -- cargo test -p chat-e2e`"
            );
        };
        Self::from_file(Path::new(&path))
    }

    /// Reads a stack's `endpoints.json`.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn from_file(path: &Path) -> Self {
        let text = fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        serde_json::from_str(&text).expect("it is a stack's endpoints.json")
    }

    /// The folder that holds the log and the pool's key.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.log.parent().unwrap_or(Path::new("."))
    }
}
