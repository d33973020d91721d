//! One database server as a child process: started, frozen, thawed, killed, stopped.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep, timeout};

use super::account::Account;
use super::binaries;
use super::processes;
use crate::failure::Failure;
use crate::log::Log;

/// A server recovers from a crash within this, or is given up.
const START_LIMIT: Duration = Duration::from_mins(1);
/// A server that takes longer to let somebody in does not accept connections.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// How often a starting server is asked whether it accepts connections.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// A server that is asked to stop gets this long before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(3);

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

/// A database server of the stack's own.
pub struct DatabaseServer {
    plan: ServerPlan,
    log: Log,
    running: Mutex<Option<Running>>,
}

struct Running {
    pid: Pid,
    exited: watch::Receiver<bool>,
    exit_is_expected: Arc<AtomicBool>,
    is_ready: Arc<AtomicBool>,
}

impl DatabaseServer {
    /// A server that does not run yet.
    #[must_use]
    pub fn new(plan: ServerPlan, log: Log) -> Self {
        Self { plan, log, running: Mutex::new(None) }
    }

    /// Runs the server, thawed, and returns when it accepts connections.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not accept connections within a minute.
    pub async fn up(&self) -> Result<(), Failure> {
        let mut running = self.running.lock().await;
        if let Some(server) = running.as_ref().filter(|server| !*server.exited.borrow()) {
            processes::thaw(server.pid);
        } else {
            self.reclaim().await;
            *running = Some(self.spawn()?);
        }
        let Some(server) = running.as_mut() else { return Ok(()) };
        self.wait_until_ready(&mut server.exited).await?;
        server.is_ready.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Kills the server and its backends; returns when none of them is left.
    pub async fn down(&self) {
        let mut running = self.running.lock().await;
        if let Some(server) = running.take() {
            server.exit_is_expected.store(true, Ordering::Relaxed);
            server.kill().await;
        }
    }

    /// Stops the server and all its backends with SIGSTOP, starting it first when it is down.
    ///
    /// # Errors
    /// When it has to be started and cannot be.
    pub async fn freeze(&self) -> Result<(), Failure> {
        self.up().await?;
        if let Some(server) = self.running.lock().await.as_ref() {
            processes::freeze(server.pid).await;
        }
        Ok(())
    }

    /// Ends the server in good order if it can within three seconds, and in any case.
    pub async fn stop(&self) {
        let mut running = self.running.lock().await;
        let Some(mut server) = running.take() else { return };
        server.exit_is_expected.store(true, Ordering::Relaxed);
        processes::thaw(server.pid);
        processes::signal(server.pid, self.plan.stop_signal);
        if timeout(STOP_LIMIT, server.exited.wait_for(|exited| *exited)).await.is_err() {
            server.kill().await;
        }
    }

    /// Frees the data directory from a server that outlived its stack, and from what a killed one left.
    async fn reclaim(&self) {
        let file = self.plan.data.join(self.plan.pid_file);
        let Ok(content) = tokio::fs::read_to_string(&file).await else { return };
        let pid = content.lines().next().and_then(|line| Pid::from_raw(line.trim().parse().ok()?));
        // The id may belong to a stranger by now: the server is the one that works in its directory.
        if let Some(pid) =
            pid.filter(|pid| processes::working_directory(*pid).as_ref() == Some(&self.plan.data))
        {
            self.log.line(self.plan.name, "a server of an earlier run is still there: killing it");
            processes::kill(pid).await;
        }
        let _ = tokio::fs::remove_file(&file).await;
    }

    fn spawn(&self) -> Result<Running, Failure> {
        let plan = &self.plan;
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
        let mut child = command
            .spawn()
            .map_err(Failure::of(format!("cannot start {}", plan.program.display())))?;
        let pid = child
            .id()
            .and_then(|id| Pid::from_raw(id.try_into().ok()?))
            .ok_or_else(|| Failure::new(format!("{} ended at once", plan.name)))?;
        let is_ready = Arc::new(AtomicBool::new(false));
        self.forward_lines(child.stdout.take(), &is_ready);
        self.forward_lines(child.stderr.take(), &is_ready);
        let (exit, exited) = watch::channel(false);
        let exit_is_expected = Arc::new(AtomicBool::new(false));
        tokio::spawn(report_exit(
            child,
            exit,
            exit_is_expected.clone(),
            plan.name,
            self.log.clone(),
        ));
        Ok(Running { pid, exited, exit_is_expected, is_ready })
    }

    /// Passes on what the server says; to the file alone while it starts, and what is everyday talk.
    fn forward_lines(
        &self,
        output: Option<impl AsyncRead + Unpin + Send + 'static>,
        is_ready: &Arc<AtomicBool>,
    ) {
        let Some(output) = output else { return };
        let (name, log, is_ready) = (self.plan.name, self.log.clone(), is_ready.clone());
        let is_chatter = self.plan.is_chatter;
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                let line = String::from_utf8_lossy(&line);
                if is_ready.load(Ordering::Relaxed) && !is_chatter(&line) {
                    log.line(name, &line);
                } else {
                    log.file_only(name, &line);
                }
            }
        });
    }

    async fn wait_until_ready(&self, exited: &mut watch::Receiver<bool>) -> Result<(), Failure> {
        let deadline = Instant::now() + START_LIMIT;
        let answers = || timeout(ANSWER_LIMIT, (self.plan.accepts_connections)());
        while !matches!(answers().await, Ok(true)) {
            if *exited.borrow() {
                return Err(Failure::new(format!(
                    "{} ended while starting: see stack.log",
                    self.plan.name
                )));
            }
            if Instant::now() > deadline {
                return Err(Failure::new(format!(
                    "{} does not accept connections: see stack.log",
                    self.plan.name
                )));
            }
            sleep(ASK_AGAIN).await;
        }
        Ok(())
    }
}

impl Running {
    async fn kill(mut self) {
        processes::kill(self.pid).await;
        // The sender goes only after it has said so.
        let _ = self.exited.wait_for(|exited| *exited).await;
    }
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
