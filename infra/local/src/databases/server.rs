//! One database server as a child process: started, frozen, thawed, killed, stopped.

use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep, timeout};

use super::plan::ServerPlan;
use super::process_family;
use super::server_process::ServerProcess;
use crate::failure::Failure;
use crate::log::Log;

/// A server recovers from a crash within this, on a slow disk too, or is given up.
const START_LIMIT: Duration = Duration::from_mins(3);
/// A server that ends while it starts is started this many times.
const START_ATTEMPTS: u32 = 4;
/// How long after it ended it is started again.
const START_AGAIN: Duration = Duration::from_millis(500);
/// A server that takes longer to let somebody in does not accept connections.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// How often a starting server is asked whether it accepts connections.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// A server that is asked to stop gets this long before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// A database server of the stack's own.
pub struct DatabaseServer {
    plan: ServerPlan,
    log: Log,
    running: Mutex<Option<ServerProcess>>,
    /// Whether it has been stopped for good.
    is_closed: watch::Sender<bool>,
}

impl DatabaseServer {
    /// A server that does not run yet.
    #[must_use]
    pub fn new(plan: ServerPlan, log: Log) -> Self {
        Self { plan, log, running: Mutex::new(None), is_closed: watch::Sender::new(false) }
    }

    /// Runs the server, thawed, and returns when it accepts connections.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not accept connections within three minutes.
    pub async fn up(&self) -> Result<(), Failure> {
        let mut running = self.running.lock().await;
        self.run(&mut running).await.map(drop)
    }

    /// Kills the server and its backends; returns when none of them is left.
    pub async fn down(&self) {
        let mut running = self.running.lock().await;
        // Known until it is gone: when this is dropped before, the next call finds it.
        if let Some(server) = running.as_mut() {
            server.kill().await;
        }
        *running = None;
        self.kill_leftovers().await;
    }

    /// Stops the server and all its backends with SIGSTOP, starting it first when it is down.
    ///
    /// # Errors
    /// When it has to be started and cannot be.
    pub async fn freeze(&self) -> Result<(), Failure> {
        let mut running = self.running.lock().await;
        // Asking it whether it is ready would thaw it, and what waits would be answered.
        if !running.as_ref().is_some_and(ServerProcess::is_frozen) {
            self.run(&mut running).await?.freeze().await;
        }
        Ok(())
    }

    /// Ends the server in good order if it can within three seconds, and in any case, and for good.
    pub async fn stop(&self) {
        // Ends an `up` that is under way; a later one would outlive the stack.
        self.is_closed.send_replace(true);
        let mut running = self.running.lock().await;
        if let Some(server) = running.as_mut()
            && !server.end(self.plan.stop_signal, STOP_LIMIT).await
        {
            server.kill().await;
        }
        *running = None;
        self.kill_leftovers().await;
    }

    async fn run<'a>(
        &self,
        running: &'a mut Option<ServerProcess>,
    ) -> Result<&'a mut ServerProcess, Failure> {
        let mut is_closed = self.is_closed.subscribe();
        let closed = || Failure::new(format!("{} has been stopped", self.plan.name));
        if *is_closed.borrow() {
            return Err(closed());
        }
        tokio::select! {
            ready = self.run_until_ready(running) => ready?,
            _ = is_closed.wait_for(|closed| *closed) => return Err(closed()),
        }
        running.as_mut().ok_or_else(closed)
    }

    async fn run_until_ready(&self, running: &mut Option<ServerProcess>) -> Result<(), Failure> {
        let mut attempts = 0;
        loop {
            if running.as_ref().is_none_or(ServerProcess::has_exited) {
                self.reclaim().await;
                *running = None;
            }
            let server = match running {
                Some(server) => {
                    server.thaw();
                    server
                }
                None => running.insert(ServerProcess::start(&self.plan, &self.log)?),
            };
            attempts += 1;
            match self.wait_until_ready(server).await {
                Ok(()) => {
                    server.mark_ready();
                    return Ok(());
                }
                // The kernel may take what a killed server held (memory, a port) back a moment after it
                // is gone.
                Err(_) if server.has_exited() && attempts < START_ATTEMPTS => {
                    sleep(START_AGAIN).await;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Frees the data directory from a server that outlived its stack, and from what a killed one left.
    async fn reclaim(&self) {
        if self.kill_leftovers().await > 0 {
            self.log.line(self.plan.name, "processes that an earlier server left have been killed");
        }
        let _ = tokio::fs::remove_file(self.plan.data.join(self.plan.pid_file)).await;
    }

    /// Kills what still works in the data directory, and says how many processes that were: backends
    /// live on when their server is killed from outside.
    async fn kill_leftovers(&self) -> usize {
        // As `/proc` says it; without the directory there is nobody either.
        let Ok(data) = self.plan.data.canonicalize() else { return 0 };
        let program = self.plan.program.file_name().unwrap_or_default();
        process_family::kill_all_in(&data, program).await
    }

    async fn wait_until_ready(&self, server: &mut ServerProcess) -> Result<(), Failure> {
        let deadline = Instant::now() + START_LIMIT;
        let answers = || timeout(ANSWER_LIMIT, (self.plan.accepts_connections)());
        while !matches!(answers().await, Ok(true)) {
            if server.has_exited() {
                return Err(Failure::new(format!(
                    "{} ended while starting: {}: see stack.log",
                    self.plan.name,
                    server.last_words().await
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
