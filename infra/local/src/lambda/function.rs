//! One function: its environments and the requests that wait for one.
//!
//! Locks: a function's pool before an environment's state, never the other way round.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::environment::{Environment, Owner};
use super::error::InvokeError;
use super::launcher::Launcher;
use super::request::Request;
use super::settings::FunctionSettings;
use super::statistics::{Counters, FunctionStatistics};
use crate::bill::Meter;

pub(super) struct Function {
    pub(super) settings: Arc<FunctionSettings>,
    limit: usize,
    launcher: Arc<Launcher>,
    pool: Mutex<Pool>,
    counters: Mutex<Counters>,
    meter: Meter,
    /// Processes that have not been reaped yet.
    processes: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Pool {
    live: Vec<Arc<Environment>>,
    /// The most recently used one last; all frozen.
    idle: Vec<Arc<Environment>>,
    /// How many of the live ones are initializing.
    starting: usize,
    waiting: VecDeque<Request>,
    closed: bool,
}

/// Its environments point back at it, so that it shows only who it is.
impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Function")
            .field("name", &self.settings.name)
            .finish_non_exhaustive()
    }
}

impl Function {
    pub(super) fn new(
        settings: FunctionSettings,
        limit: usize,
        launcher: Arc<Launcher>,
        meter: Meter,
    ) -> Self {
        Self {
            settings: Arc::new(settings),
            limit: limit.max(1),
            launcher,
            pool: Mutex::default(),
            counters: Mutex::default(),
            meter,
            processes: watch::Sender::new(0),
        }
    }

    /// Gives a request to the idle environment that was used last, or lets it wait for one.
    pub(super) fn submit(self: &Arc<Self>, request: Request) {
        let mut pool = self.lock();
        if pool.closed {
            return request.fail(InvokeError::NoEnvironment);
        }
        self.counters().invocations += 1;
        let mut request = request;
        while let Some(environment) = pool.idle.pop() {
            match environment.dispatch(request) {
                Ok(()) => return,
                Err(returned) => request = returned,
            }
        }
        pool.waiting.push_back(request);
        self.start_environments(&mut pool);
    }

    /// Kills every environment, and says how many there were.
    pub(super) fn kill_all(&self, how: &str) -> usize {
        let live = self.lock().live.clone();
        let error = InvokeError::Crashed(format!("{} {how}", self.settings.name));
        live.iter().filter(|environment| environment.end(&error)).count()
    }

    /// Kills every environment and refuses all further requests.
    pub(super) fn close(&self) {
        let waiting = {
            let mut pool = self.lock();
            pool.closed = true;
            std::mem::take(&mut pool.waiting)
        };
        for request in waiting {
            request.fail(InvokeError::NoEnvironment);
        }
        self.kill_all("was stopped");
    }

    /// Waits until no process is left.
    pub(super) async fn ended(&self) {
        // It cannot fail: the sender is in `self`.
        let _ = self.processes.subscribe().wait_for(|processes| *processes == 0).await;
    }

    pub(super) fn statistics(&self) -> FunctionStatistics {
        let pool = self.lock();
        let counters = self.counters();
        FunctionStatistics {
            name: self.settings.name.clone(),
            environments: pool.live.len(),
            busy: pool.live.iter().filter(|environment| environment.busy()).count(),
            cold_starts: counters.cold_starts,
            invocations: counters.invocations,
            errors: counters.errors,
            p50_ms: counters.percentile(50),
            p99_ms: counters.percentile(99),
        }
    }

    /// Starts an environment for each waiting request that has none on its way, up to the limit.
    fn start_environments(self: &Arc<Self>, pool: &mut Pool) {
        if pool.closed {
            return;
        }
        while pool.live.len() < self.limit {
            pool.waiting.retain(|request| !request.abandoned());
            if pool.starting >= pool.waiting.len() {
                return;
            }
            self.processes.send_modify(|processes| *processes += 1);
            pool.live.push(self.launcher.launch(&self.settings, self.clone()));
            pool.starting += 1;
            self.counters().cold_starts += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Owner for Function {
    fn answered(&self, took: Duration, failed: bool) {
        self.counters().answered(took, failed);
    }

    fn worked(&self, requests: u32, took: Duration) {
        self.meter.worked(&self.settings.name, requests, took, self.settings.memory_mb);
    }

    fn environment_idle(self: Arc<Self>, environment: &Arc<Environment>, initialized: bool) {
        let mut pool = self.lock();
        pool.starting -= usize::from(initialized);
        while let Some(request) = pool.waiting.pop_front() {
            if request.abandoned() {
                continue;
            }
            if let Err(request) = environment.dispatch(request) {
                // It was killed this very moment.
                pool.waiting.push_front(request);
                self.start_environments(&mut pool);
            }
            return;
        }
        environment.freeze();
        pool.idle.push(environment.clone());
    }

    fn environment_ended(
        self: Arc<Self>,
        ended: &Arc<Environment>,
        initializing: bool,
        error: &InvokeError,
    ) {
        let mut pool = self.lock();
        pool.live.retain(|environment| environment.id != ended.id);
        pool.idle.retain(|environment| environment.id != ended.id);
        if initializing {
            pool.starting -= 1;
            if let Some(request) = pool.waiting.pop_front() {
                self.counters().errors += 1;
                request.fail(error.clone());
            }
        }
        self.start_environments(&mut pool);
    }

    fn process_ended(&self) {
        self.processes.send_modify(|processes| *processes -= 1);
    }
}
