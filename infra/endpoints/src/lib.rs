//! `endpoints.json`: where a local stack's parts are. The stack writes it when it is ready; clients,
//! tests and benchmarks read it.

mod authority;
mod private_file;

pub use authority::Authority;
pub use private_file::write_private_file;

use serde::{Deserialize, Serialize};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// The environment variable that names the file.
pub const VARIABLE: &str = "CHAT_ENDPOINTS";

const FILE: &str = "endpoints.json";
/// The name of the stack's certificates, in its folder.
pub const CA: &str = "ca.pem";

/// The content of `endpoints.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
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
    /// Secrets Manager.
    pub secrets_manager: String,
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
    /// The certificates (PEM) that the databases and the push provider are known by.
    pub ca: PathBuf,
    /// The log file.
    pub log: PathBuf,
}

/// The four databases' URLs.
#[derive(Clone, Debug, Default)]
pub struct DatabaseUrls {
    /// PostgreSQL as the functions' role.
    pub database: String,
    /// PostgreSQL as the schema's owner.
    pub database_admin: String,
    /// Jarvis as the functions' account.
    pub jarvis: String,
    /// Jarvis as an account that may add people.
    pub jarvis_admin: String,
}

impl Endpoints {
    /// The endpoints of a stack on these ports, with these databases and this log; `stage` is the
    /// WebSocket API's.
    #[must_use]
    pub fn new(port: u16, databases: DatabaseUrls, log: &Path, stage: &str) -> Self {
        let http = |offset: u16| format!("http://127.0.0.1:{}", port + offset);
        Self {
            http_api: http(0),
            ws_api: format!("ws://127.0.0.1:{}/{stage}", port + 1),
            management_api: format!("{}/{stage}", http(1)),
            lambda_api: http(2),
            s3: http(3),
            identity: http(4),
            onesignal: format!("https://127.0.0.1:{}", port + 5),
            secrets_manager: http(6),
            console: format!("{}/console", http(0)),
            database_url: databases.database,
            database_admin_url: databases.database_admin,
            jarvis_url: databases.jarvis,
            jarvis_admin_url: databases.jarvis_admin,
            ca: log.with_file_name(CA),
            log: log.to_owned(),
        }
    }

    /// Whom the databases and the push provider are known to.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn authority(&self) -> io::Result<Authority> {
        Authority::read(&self.ca)
    }

    /// Reads the file that [`VARIABLE`] names.
    ///
    /// # Errors
    /// When there is none; says how to get one.
    pub fn shared() -> io::Result<Self> {
        let path = env::var_os(VARIABLE).ok_or_else(|| {
            io::Error::other(format!(
                "{VARIABLE} is not set: this needs a local stack. Run it with `make test`, or \
                 `target/debug/chat-local exec -- cargo test -p <package>`"
            ))
        })?;
        Self::read(Path::new(&path))
    }

    /// Reads a stack's `endpoints.json`.
    ///
    /// # Errors
    /// When it is none; names the file.
    pub fn read(file: &Path) -> io::Result<Self> {
        let read = || Ok(serde_json::from_slice(&fs::read(file)?)?);
        read().map_err(|error: io::Error| {
            io::Error::new(error.kind(), format!("cannot read {}: {error}", file.display()))
        })
    }

    /// Writes the file whole: whoever sees it can rely on it. It holds passwords, so only its owner may read it.
    ///
    /// # Errors
    /// When the folder cannot be written to; names the file.
    pub fn publish(&self, folder: &Path) -> io::Result<PathBuf> {
        let file = folder.join(FILE);
        let content = serde_json::to_string_pretty(self)? + "\n";
        write_private_file(&file, content.as_bytes()).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot write {}: {error}", file.display()))
        })?;
        Ok(file)
    }

    /// Removes the file: the stack stops. It may be gone already.
    pub fn withdraw(folder: &Path) {
        let _ = fs::remove_file(folder.join(FILE));
    }

    /// The folder that holds the log and the pool's key.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.log.parent().unwrap_or(Path::new("."))
    }
}
