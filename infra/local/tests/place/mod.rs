//! Where a test happens: a folder, an address and an HTTP client of its own.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up may panic")]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chat_local::log::Log;
use chat_local::ports::free_port;

/// A folder that goes with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path =
            std::env::temp_dir().join(format!("chat-local-test-{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn log(&self) -> Log {
        Log::open_quiet(&self.0.join("stack.log")).unwrap()
    }

    pub fn log_content(&self) -> String {
        fs::read_to_string(self.0.join("stack.log")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A stack's databases may be elsewhere, where their account can reach them.
        for entry in fs::read_dir(self.0.join(".local")).into_iter().flatten().flatten() {
            if let Ok(elsewhere) = fs::read_link(entry.path()) {
                let _ = fs::remove_dir_all(elsewhere);
            }
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Addresses that nobody listens on, each another.
pub fn free_addresses<const COUNT: usize>() -> [SocketAddr; COUNT] {
    [(); COUNT].map(|()| SocketAddr::from(([127, 0, 0, 1], free_port().unwrap())))
}

pub fn http_client() -> reqwest::Client {
    // Fails only when another test of this process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
