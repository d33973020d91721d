//! The one error, as other languages catch it.

pub use chat_client::Advice;
use std::fmt;

/// What an app should do about an error.
#[uniffi::remote(Enum)]
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

/// Why something was not done. (An enumeration, since that is what becomes an exception elsewhere; there
/// is one kind.)
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
pub enum ChatError {
    /// It was refused, or failed.
    Failed {
        /// The service's stable code, or one of the library's own.
        code: String,
        /// For people; says nothing of a message's content.
        detail: String,
        /// Whether the same may succeed later.
        retryable: bool,
        /// What to do.
        advice: Advice,
    },
}

impl From<chat_client::ChatError> for ChatError {
    fn from(error: chat_client::ChatError) -> Self {
        let chat_client::ChatError { code, detail, retryable, advice } = error;
        Self::Failed { code, detail, retryable, advice }
    }
}

impl fmt::Display for ChatError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Failed { code, detail, .. } = self;
        write!(formatter, "{code}: {detail}")
    }
}

impl std::error::Error for ChatError {}
