//! What an execution environment is at, and who waits for what comes next.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::request::{Answer, Invocation};

/// What watches the runtime beside it.
#[derive(Debug)]
pub(super) struct Extension {
    pub(super) id: String,
    pub(super) invoke: bool,
    pub(super) waiting: Option<oneshot::Sender<Arc<Invocation>>>,
}

/// What the environment is at.
#[derive(Debug)]
pub(super) enum Phase {
    Initializing,
    Idle,
    Busy(Running),
    Ended,
}

/// A request under way.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) request_id: String,
    pub(super) started: Instant,
    pub(super) deadline: Instant,
    /// Gone once the answer is given.
    pub(super) answer: Option<oneshot::Sender<Answer>>,
}

/// Everything about an environment that changes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Nothing is to be done.
    pub(super) frozen: bool,
    /// The share of the processor is used up for now.
    pub(super) held: bool,
    pub(super) runtime: Option<oneshot::Sender<Arc<Invocation>>>,
    pub(super) extensions: Vec<Extension>,
}

impl State {
    /// Of an environment that is being started.
    pub(super) fn initializing() -> Self {
        Self {
            phase: Phase::Initializing,
            frozen: false,
            held: false,
            runtime: None,
            extensions: Vec::new(),
        }
    }

    /// Since when the environment was at what it has done now: the runtime and every extension have asked for
    /// what is next. None while one of them has not, or there was nothing to do.
    pub(super) fn done_since(&self, created: Instant) -> Option<Done> {
        let (initialized, since) = match &self.phase {
            Phase::Initializing => (true, created),
            Phase::Busy(running) => (false, running.started),
            Phase::Idle | Phase::Ended => return None,
        };
        let mut needed = self.extensions.iter().filter(|extension| initialized || extension.invoke);
        let is_done = self.runtime.is_some() && needed.all(|extension| extension.waiting.is_some());
        is_done.then_some(Done { initialized, since })
    }
}

/// What was done.
pub(super) struct Done {
    /// The start, and not a request.
    pub(super) initialized: bool,
    /// When it began.
    pub(super) since: Instant,
}
