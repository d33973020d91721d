//! A request on its way: waiting, at work, answered or refused.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::error::InvokeError;

pub(super) type Answer = Result<Bytes, InvokeError>;

/// A request that waits for an environment, or is at work in one.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) payload: Bytes,
    pub(super) answer: oneshot::Sender<Answer>,
    pub(super) dispatched: Arc<OnceLock<()>>,
}

impl Request {
    /// A request, and a mark that is set once an environment has it.
    pub(super) fn new(
        payload: Bytes,
        answer: oneshot::Sender<Answer>,
    ) -> (Self, Arc<OnceLock<()>>) {
        let dispatched = Arc::new(OnceLock::new());
        (Self { payload, answer, dispatched: dispatched.clone() }, dispatched)
    }

    /// Whether nobody waits for the answer any more.
    pub(super) fn abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    /// Gives up: no environment will have it.
    pub(super) fn fail(self, error: InvokeError) {
        let _ = self.answer.send(Err(error));
    }
}

/// One invocation as the runtime and the extensions are told of it.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) request_id: String,
    /// Milliseconds since 1970.
    pub(super) deadline_ms: u128,
    pub(super) payload: Bytes,
}

/// Why the Runtime API refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not in this state.
    InvalidStateTransition,
    /// Not the request that is at work.
    InvalidRequestId,
    /// Extensions register before the runtime's first `/next`.
    RegistrationClosed,
    /// No such extension.
    UnknownExtension,
}
