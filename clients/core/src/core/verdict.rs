//! What an answer says, whatever was asked.

use super::{input::Outcome, state::lane};
use crate::{
    error::{ChatError, Problem},
    moment::{MINUTE, Millis},
};
use serde::de::DeserializeOwned;

/// A request that was not answered may still be carried out for so long.
pub(super) const AFTERWARDS: Millis = MINUTE;

/// What has come of a request.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It was carried out.
    Good { status: u16, body: Vec<u8> },
    /// It never will be.
    Refused { status: u16, error: ChatError },
    /// Nobody knows whether it was; it may be tried again.
    Later { retry_after: Option<Millis>, error: ChatError },
    /// Not with this token.
    TokenRefused,
}

/// An answer that does not say what it should: not the service's, but of a network that wants to be
/// signed in to, or of a proxy.
#[derive(Debug)]
pub(super) struct Unreadable;

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(body).map_err(|_| Unreadable)
}

/// Only a problem document refuses anything for good: what else has a status of 4xx comes from
/// somewhere on the way.
pub(super) fn verdict(outcome: Outcome) -> Verdict {
    let Outcome::Answer { status, retry_after, body } = outcome else {
        return Verdict::Later { retry_after: None, error: ChatError::no_answer() };
    };
    if (200..300).contains(&status) {
        return Verdict::Good { status, body };
    }
    if status == 401 {
        return Verdict::TokenRefused;
    }
    let retry_after = lane::retry_after(retry_after.as_deref());
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) if problem.retryable || status == 429 || status >= 500 => {
            let error = ChatError::from(Problem { retryable: true, ..problem });
            Verdict::Later { retry_after, error }
        }
        Ok(problem) => Verdict::Refused { status, error: problem.into() },
        Err(_) => Verdict::Later { retry_after, error: ChatError::no_answer() },
    }
}
