//! What a database server is to be.

use std::ffi::OsString;
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use rustix::process::Signal;

use super::account::Account;

/// Everything that one kind of server needs to run.
pub struct ServerPlan {
    /// The name in the log and in the controls.
    pub name: &'static str,
    /// The server program.
    pub program: PathBuf,
    /// Its arguments, the port among them: the same at every start.
    pub arguments: Vec<OsString>,
    /// The data directory, which the server makes its working directory.
    pub data: PathBuf,
    /// The file in the data directory whose first line is the server's process id.
    pub pid_file: &'static str,
    /// The account to drop to.
    pub account: Option<Account>,
    /// What asks the server to stop soon without waiting for its clients.
    pub stop_signal: Signal,
    /// Whether a line of its output is everyday talk, of interest in the file only.
    pub is_chatter: fn(&str) -> bool,
    /// Whether it accepts connections right now.
    pub accepts_connections: Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
}
