//! `endpoints.json`: where everything listens, for clients, tests and the console.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::failure::Failure;

/// The content of `endpoints.json`.
#[derive(Clone, Debug, Serialize)]
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
    pub log: String,
}

/// How the four databases' URLs are known to the rest of the stack.
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
    pub fn new(port: u16, databases: &DatabaseUrls, log: &Path, stage: &str) -> Self {
        let http = |offset: u16| format!("http://127.0.0.1:{}", port + offset);
        Self {
            http_api: http(0),
            ws_api: format!("ws://127.0.0.1:{}/{stage}", port + 1),
            management_api: format!("{}/{stage}", http(1)),
            lambda_api: http(2),
            s3: http(3),
            identity: http(4),
            onesignal: http(5),
            console: format!("{}/console", http(0)),
            database_url: databases.database.clone(),
            database_admin_url: databases.database_admin.clone(),
            jarvis_url: databases.jarvis.clone(),
            jarvis_admin_url: databases.jarvis_admin.clone(),
            log: log.display().to_string(),
        }
    }

    /// Writes the file whole: whoever sees it can rely on it. It holds passwords, so only its owner may.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn publish(&self, local_folder: &Path) -> Result<PathBuf, Failure> {
        let file = local_folder.join(FILE);
        self.write(&file).map_err(Failure::of(format!("cannot write {}", file.display())))?;
        Ok(file)
    }

    /// Removes the file: the stack stops. It may be gone already.
    pub fn withdraw(local_folder: &Path) {
        let _ = fs::remove_file(local_folder.join(FILE));
    }

    fn write(&self, file: &Path) -> io::Result<()> {
        let unfinished = file.with_extension("json.unfinished");
        let mut open = fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        serde_json::to_writer_pretty(&mut open, self)?;
        open.write_all(b"\n")?;
        fs::rename(unfinished, file)
    }
}

const FILE: &str = "endpoints.json";
