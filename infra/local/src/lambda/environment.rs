//! One execution environment: a process of a function, and what it is doing.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::error::InvokeError;
use super::limits::INITIALIZATION_LIMIT;
use super::request::{Answer, Invocation, Refusal, Request};
use super::settings::FunctionSettings;
use super::state::{Done, Extension, Phase, Running, State};

/// Whom an environment works for: it is told what becomes of the environment, and gives it its work.
pub(super) trait Owner: Debug + Send + Sync {
    /// A request was answered, or will not be any more.
    fn answered(&self, took: Duration, failed: bool);
    /// An environment has started, without a request, or has done everything for one, its work after
    /// the answer included.
    fn worked(&self, requests: u32, took: Duration);
    /// An environment has nothing to do: it gets the next request, or is frozen.
    fn environment_idle(self: Arc<Self>, environment: &Arc<Environment>, initialized: bool);
    /// An environment has ended. If it never became ready, the request it was started for fails.
    fn environment_ended(
        self: Arc<Self>,
        ended: &Arc<Environment>,
        initializing: bool,
        error: &InvokeError,
    );
    /// An environment's process has been reaped.
    fn process_ended(&self);
}

#[derive(Debug)]
pub(super) struct Environment {
    pub(super) id: u64,
    pub(super) settings: Arc<FunctionSettings>,
    owner: Arc<dyn Owner>,
    group: OnceLock<Pid>,
    created: Instant,
    state: Mutex<State>,
}

impl Environment {
    pub(super) fn new(id: u64, settings: Arc<FunctionSettings>, owner: Arc<dyn Owner>) -> Self {
        Self {
            id,
            settings,
            owner,
            group: OnceLock::new(),
            created: Instant::now(),
            state: Mutex::new(State::initializing()),
        }
    }

    /// Notes the process group once the process runs.
    pub(super) fn started(&self, group: Pid) {
        let _ = self.group.set(group);
        // Ended while it was being started: nobody else could have killed it.
        if matches!(self.lock().phase, Phase::Ended) {
            self.signal(Signal::KILL);
        }
    }

    /// The runtime asks for the next invocation.
    pub(super) fn runtime_next(
        self: &Arc<Self>,
    ) -> Result<oneshot::Receiver<Arc<Invocation>>, Refusal> {
        let mut state = self.lock();
        let unanswered = matches!(&state.phase, Phase::Busy(running) if running.answer.is_some());
        if unanswered || state.runtime.is_some() || matches!(state.phase, Phase::Ended) {
            return Err(Refusal::InvalidStateTransition);
        }
        let (sender, receiver) = oneshot::channel();
        state.runtime = Some(sender);
        self.settle(state);
        Ok(receiver)
    }

    /// An extension registers; gives its identifier.
    pub(super) fn register_extension(&self, invoke: bool) -> Result<String, Refusal> {
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Initializing) || state.runtime.is_some() {
            return Err(Refusal::RegistrationClosed);
        }
        let id = Uuid::new_v4().to_string();
        state.extensions.push(Extension { id: id.clone(), invoke, waiting: None });
        Ok(id)
    }

    /// An extension asks for its next event.
    pub(super) fn extension_next(
        self: &Arc<Self>,
        id: &str,
    ) -> Result<oneshot::Receiver<Arc<Invocation>>, Refusal> {
        let mut state = self.lock();
        let extension = state.extensions.iter_mut().find(|extension| extension.id == id);
        let extension = extension.ok_or(Refusal::UnknownExtension)?;
        let (sender, receiver) = oneshot::channel();
        extension.waiting = Some(sender);
        self.settle(state);
        Ok(receiver)
    }

    /// The runtime answers; the caller has the answer at once.
    pub(super) fn answer(&self, request_id: &str, answer: Answer) -> Result<(), Refusal> {
        let mut state = self.lock();
        let Phase::Busy(running) = &mut state.phase else {
            return Err(Refusal::InvalidStateTransition);
        };
        if running.request_id != request_id {
            return Err(Refusal::InvalidRequestId);
        }
        let sender = running.answer.take().ok_or(Refusal::InvalidStateTransition)?;
        let started = running.started;
        drop(state);
        let failed = answer.is_err();
        // A caller that stopped waiting does not make the answer wrong.
        let _ = sender.send(answer);
        self.owner.answered(started.elapsed(), failed);
        Ok(())
    }

    /// Gives a request to the runtime and the extensions, or back when the environment has ended.
    pub(super) fn dispatch(&self, request: Request) -> Result<(), Request> {
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Idle) {
            return Err(request);
        }
        if std::mem::take(&mut state.frozen) && !state.held {
            self.signal(Signal::CONT);
        }
        let timeout = self.settings.timeout;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let invocation = Arc::new(Invocation {
            request_id: Uuid::new_v4().to_string(),
            deadline_ms: (now + timeout).as_millis(),
            payload: request.payload,
        });
        let started = Instant::now();
        state.phase = Phase::Busy(Running {
            request_id: invocation.request_id.clone(),
            started,
            deadline: started + timeout,
            answer: Some(request.answer),
        });
        let _ = request.dispatched.set(());
        let State { runtime, extensions, .. } = &mut *state;
        let invoked = extensions.iter_mut().filter(|extension| extension.invoke);
        // Where nobody listens any more, the process is about to end, which its supervisor will see.
        for waiting in runtime
            .take()
            .into_iter()
            .chain(invoked.filter_map(|extension| extension.waiting.take()))
        {
            let _ = waiting.send(invocation.clone());
        }
        Ok(())
    }

    /// Stops the process until the next dispatch. To be called by whoever holds it idle.
    pub(super) fn freeze(&self) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Idle) {
            self.signal(Signal::STOP);
            state.frozen = true;
        }
    }

    /// Stops the process until it is let go, whatever it is at, or lets it go on with it.
    pub(super) fn hold(&self, held: bool) {
        let mut state = self.lock();
        if state.held == held {
            return;
        }
        state.held = held;
        if !state.frozen {
            self.signal(if held { Signal::STOP } else { Signal::CONT });
        }
    }

    /// The process, while it may run; none before its start, after its end, and while it is frozen.
    pub(super) fn awake(&self) -> Option<Pid> {
        let state = self.lock();
        let is_awake = !state.frozen && !matches!(state.phase, Phase::Ended);
        self.group.get().copied().filter(|_| is_awake)
    }

    /// Whether a request, or what follows its answer, is at work.
    pub(super) fn busy(&self) -> bool {
        matches!(self.lock().phase, Phase::Busy(_))
    }

    /// Ends the environment: kills its process and answers its request. False if it had ended before.
    pub(super) fn end(self: &Arc<Self>, error: &InvokeError) -> bool {
        let phase = std::mem::replace(&mut self.lock().phase, Phase::Ended);
        let mut initializing = false;
        match phase {
            Phase::Ended => return false,
            Phase::Idle => {}
            Phase::Initializing => {
                initializing = true;
                self.owner.worked(0, self.created.elapsed());
            }
            Phase::Busy(running) => {
                self.owner.worked(1, running.started.elapsed());
                if let Some(answer) = running.answer {
                    let _ = answer.send(Err(error.clone()));
                    self.owner.answered(running.started.elapsed(), true);
                }
            }
        }
        self.signal(Signal::KILL);
        Arc::clone(&self.owner).environment_ended(self, initializing, error);
        true
    }

    /// Notes that the process has been reaped.
    pub(super) fn process_ended(&self) {
        self.owner.process_ended();
    }

    /// Ends the environment if it has been at something for too long; else says when to look again.
    pub(super) fn enforce_limits(self: &Arc<Self>, now: Instant) -> Instant {
        let timeout = self.settings.timeout;
        // Whatever starts from now on is not due earlier.
        let later = now + timeout;
        let (due, limit) = match &self.lock().phase {
            Phase::Initializing => (self.created + INITIALIZATION_LIMIT, INITIALIZATION_LIMIT),
            Phase::Busy(running) => (running.deadline, timeout),
            Phase::Idle | Phase::Ended => return later,
        };
        if due <= now {
            self.end(&InvokeError::Timeout(limit));
            return later;
        }
        due.min(later)
    }

    /// Becomes idle when the runtime and every extension have asked for what is next.
    fn settle(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let Some(Done { initialized, since }) = state.done_since(self.created) else { return };
        state.phase = Phase::Idle;
        drop(state);
        self.owner.worked(u32::from(!initialized), since.elapsed());
        Arc::clone(&self.owner).environment_idle(self, initialized);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group.get() {
            // It fails when the process has ended already, which is as good.
            let _ = kill_process_group(*group, signal);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
