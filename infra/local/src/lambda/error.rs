//! Why an invocation gives no answer.

use std::time::Duration;
use std::{error, fmt};

use bytes::Bytes;
use serde_json::json;

/// Why an invocation gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokeError {
    /// There is no function of that name.
    NoSuchFunction,
    /// The request is larger than Lambda takes.
    PayloadTooLarge,
    /// The function answered with an error: JSON with `errorType` and `errorMessage`.
    FunctionError(Bytes),
    /// The function did not answer before its timeout or the caller's deadline.
    Timeout(Duration),
    /// The function's process ended, or never became ready; says how.
    Crashed(String),
    /// All environments stayed busy until the caller's deadline, or the stack stops.
    NoEnvironment,
}

impl InvokeError {
    /// The JSON with `errorType` and `errorMessage` that Lambda gives its caller.
    #[must_use]
    pub fn payload(&self) -> Bytes {
        let (kind, message) = match self {
            Self::FunctionError(payload) => return payload.clone(),
            Self::NoSuchFunction => ("ResourceNotFoundException", "Function not found".to_owned()),
            Self::PayloadTooLarge => {
                ("RequestEntityTooLargeException", "The payload is over 6 MB".to_owned())
            }
            Self::Timeout(limit) => (
                "Sandbox.Timedout",
                format!("Task timed out after {:.2} seconds", limit.as_secs_f64()),
            ),
            Self::Crashed(how) => ("Runtime.ExitError", how.clone()),
            Self::NoEnvironment => ("TooManyRequestsException", "Rate Exceeded.".to_owned()),
        };
        Bytes::from(json!({"errorType": kind, "errorMessage": message}).to_string())
    }
}

impl fmt::Display for InvokeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.payload()))
    }
}

impl error::Error for InvokeError {}
