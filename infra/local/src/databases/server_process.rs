//! The process of a database server: how it starts, what it says, and how it ends.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use super::binaries;
use super::plan::ServerPlan;
use super::process_family;
use crate::failure::Failure;
use crate::log::Log;

/// How long the rest of what an ended server said is waited for.
const LAST_WORDS_LIMIT: Duration = Duration::from_secs(1);

/// A server process, until it is seen to have ended.
pub(super) struct ServerProcess {
    pid: Pid,
    exited: watch::Receiver<bool>,
    exit_is_expected: Arc<AtomicBool>,
    is_ready: Arc<AtomicBool>,
    last_words: watch::Receiver<String>,
    is_frozen: bool,
}

impl ServerProcess {
    /// Starts the server.
    pub(super) fn start(plan: &ServerPlan, log: &Log) -> Result<Self, Failure> {
        let mut child = command(plan)
            .spawn()
            .map_err(Failure::of(format!("cannot start {}", plan.program.display())))?;
        let pid = child
            .id()
            .and_then(|id| Pid::from_raw(id.try_into().ok()?))
            .ok_or_else(|| Failure::new(format!("{} ended at once", plan.name)))?;
        let is_ready = Arc::new(AtomicBool::new(false));
        let (words, last_words) = watch::channel(String::new());
        forward_lines(plan, child.stdout.take(), &is_ready, words.clone(), log);
        forward_lines(plan, child.stderr.take(), &is_ready, words, log);
        let (exit, exited) = watch::channel(false);
        let exit_is_expected = Arc::new(AtomicBool::new(false));
        tokio::spawn(report_exit(child, exit, exit_is_expected.clone(), plan.name, log.clone()));
        Ok(Self { pid, exited, exit_is_expected, is_ready, last_words, is_frozen: false })
    }

    pub(super) fn has_exited(&self) -> bool {
        *self.exited.borrow()
    }

    /// The last line beside everyday talk that a server said which has ended; empty if it said none.
    pub(super) async fn last_words(&mut self) -> String {
        // All has been read once nobody holds the other end: whoever outlived the server may hold its output.
        let all_read = async { while self.last_words.changed().await.is_ok() {} };
        let _ = timeout(LAST_WORDS_LIMIT, all_read).await;
        self.last_words.borrow().clone()
    }

    /// Passes on to the terminal what it says from now on, but for everyday talk.
    pub(super) fn mark_ready(&self) {
        self.is_ready.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_frozen(&self) -> bool {
        self.is_frozen && !self.has_exited()
    }

    /// Stops it and all its backends with SIGSTOP.
    pub(super) async fn freeze(&mut self) {
        process_family::freeze(self.pid).await;
        self.is_frozen = true;
    }

    /// Lets it run again.
    pub(super) fn thaw(&mut self) {
        self.is_frozen = false;
        if !self.has_exited() {
            process_family::thaw(self.pid);
        }
    }

    /// Asks it to end, and says whether it did so in time.
    pub(super) async fn end(&mut self, how: Signal, limit: Duration) -> bool {
        self.exit_is_expected.store(true, Ordering::Relaxed);
        self.thaw();
        if !self.has_exited() {
            process_family::signal(self.pid, how);
        }
        timeout(limit, self.exited.wait_for(|exited| *exited)).await.is_ok()
    }

    /// Kills it and all its backends; returns when it is gone.
    pub(super) async fn kill(&mut self) {
        self.exit_is_expected.store(true, Ordering::Relaxed);
        // The id of a server that has ended may be a stranger's by now.
        if !self.has_exited() {
            process_family::kill(self.pid).await;
        }
        // The sender goes only after it has said so.
        let _ = self.exited.wait_for(|exited| *exited).await;
    }
}

fn command(plan: &ServerPlan) -> Command {
    // Without setpriv, a stack that is itself killed leaves its servers to the next start.
    let mut command = match binaries::find("setpriv") {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL", "--"]).arg(&plan.program);
            command
        }
        None => Command::new(&plan.program),
    };
    command
        .args(&plan.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // A process group of its own: Ctrl-C at the terminal is for the stack, which stops the servers.
    command.current_dir("/").process_group(0).kill_on_drop(true);
    if let Some(account) = plan.account {
        account.apply(&mut command);
    }
    command
}

/// Passes on what the server says; to the file alone while it starts, and what is everyday talk.
fn forward_lines(
    plan: &ServerPlan,
    output: Option<impl AsyncRead + Unpin + Send + 'static>,
    is_ready: &Arc<AtomicBool>,
    words: watch::Sender<String>,
    log: &Log,
) {
    let Some(output) = output else { return };
    let (name, log, is_ready) = (plan.name, log.clone(), is_ready.clone());
    let is_chatter = plan.is_chatter;
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            let line = String::from_utf8_lossy(&line);
            if !is_chatter(&line) {
                words.send_replace(line.clone().into_owned());
            }
            if is_ready.load(Ordering::Relaxed) && !is_chatter(&line) {
                log.line(name, &line);
            } else {
                log.file_only(name, &line);
            }
        }
    });
}

async fn report_exit(
    mut child: Child,
    exit: watch::Sender<bool>,
    is_expected: Arc<AtomicBool>,
    name: &'static str,
    log: Log,
) {
    let status = child.wait().await;
    if !is_expected.load(Ordering::Relaxed) {
        let how = status.as_ref().map_or_else(ToString::to_string, ExitStatus::to_string);
        log.line(name, &format!("died by itself ({how}); it stays down until told otherwise"));
    }
    exit.send_replace(true);
}
