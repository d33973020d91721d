//! The function `redeliver`, seen from those who wake it ahead of its schedule.
//!
//! Pushes are `redeliver`'s alone: a provider that hangs would otherwise keep environments of
//! `send-message` busy after their answers, and senders would wait for free ones.

use crate::{error::Cause, http::Http, log, signed::Service};
use std::time::{Duration, SystemTime};

/// For how long one wake is enough for many messages. A run that was woken looks again after that long,
/// and a little more.
pub const ONE_WAKE_FOR: Duration = Duration::from_millis(500);

/// How long Lambda may take to accept an asynchronous invocation.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(1);

/// The function that delivers what is owed.
pub struct Redeliver {
    /// Its name; none where nobody is to be woken.
    function: Option<String>,
    lambda: Service,
}

impl Redeliver {
    /// The function of that name, if there is one.
    #[must_use]
    pub fn new(function: Option<String>, http: Http) -> Self {
        Self {
            function,
            lambda: Service::new("lambda", "AWS_ENDPOINT_URL_LAMBDA", REQUEST_TIMEOUT, http),
        }
    }

    /// Whether there is anyone to wake.
    #[must_use]
    pub fn can_be_woken(&self) -> bool {
        self.function.is_some()
    }

    /// Starts it, without waiting for what it does. If this fails, the schedule starts it.
    pub async fn wake(&self, now: SystemTime) {
        let Some(function) = &self.function else { return };
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let (later, reason) = (("x-amz-invocation-type", "Event"), r#"{"reason":"push"}"#);
        let woken =
            self.lambda.post(&path, "application/json", later, reason.to_owned(), now).await;
        let accepted = woken.and_then(|answer| {
            let status = answer.status();
            let refused = || Cause::new(format!("Lambda answered {}", status.as_u16()));
            status.is_success().then_some(()).ok_or_else(refused)
        });
        if let Err(cause) = accepted {
            log::warn!(%cause, "redeliver is left to its schedule");
        }
    }
}
