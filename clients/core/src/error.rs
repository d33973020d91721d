//! One type of error for everything that an app can meet.

use serde::Deserialize;
use std::fmt;

/// What an app should do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Try again later; what is queued is tried again by itself.
    TryLater,
    /// Have the user sign in again.
    SignIn,
    /// Change what was asked: it will never be done as it is.
    Change,
    /// Have the user update the app.
    UpdateApp,
    /// Tell the developers: the app uses this library wrongly, or the phone's storage fails.
    Report,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatError {
    /// The service's stable `code`, or one of this library's: `no_answer`, `signed_out`,
    /// `invalid_request`, `entry_on_its_way`, `unknown_entry`, `other_account`, `store_key`,
    /// `store_newer`, `store_taken_over`, `store_failed`.
    pub code: String,
    /// For people; says nothing of a message's content.
    pub detail: String,
    /// Whether the same may succeed later.
    pub retryable: bool,
    /// What to do.
    pub advice: Advice,
}

impl ChatError {
    /// An error of that code.
    pub(crate) fn new(code: &str, detail: &str, advice: Advice) -> Self {
        let retryable = advice == Advice::TryLater;
        Self { code: code.to_owned(), detail: detail.to_owned(), retryable, advice }
    }

    pub(crate) fn invalid(detail: &str) -> Self {
        Self::new("invalid_request", detail, Advice::Change)
    }

    pub(crate) fn no_answer() -> Self {
        Self::new("no_answer", "the service did not answer", Advice::TryLater)
    }

    pub(crate) fn signed_out() -> Self {
        Self::new("signed_out", "nobody is signed in", Advice::SignIn)
    }
}

impl fmt::Display for ChatError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for ChatError {}

/// The members of a problem document (RFC 9457) that matter here.
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    pub code: String,
    #[serde(default)]
    pub detail: String,
    #[serde(default)]
    pub retryable: bool,
}

impl From<Problem> for ChatError {
    fn from(problem: Problem) -> Self {
        let advice = match problem.code.as_str() {
            _ if problem.retryable => Advice::TryLater,
            "unauthenticated" | "wrong_token_use" | "unknown_user" => Advice::SignIn,
            _ => Advice::Change,
        };
        Self { code: problem.code, detail: problem.detail, retryable: problem.retryable, advice }
    }
}
