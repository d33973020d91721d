//! Waking `redeliver` ahead of its schedule.
//!
//! Pushes are `redeliver`'s alone: a provider that hangs would otherwise keep environments of
//! `send-message` busy after their answers, and senders would wait for free ones.

use crate::{aws::signed::Service, error::Cause, http::Http};
use std::time::{Duration, SystemTime};

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

    /// Starts it, without waiting for what it does. If this fails, the schedule starts it.
    pub async fn wake(&self, now: SystemTime) {
        let Some(function) = &self.function else { return };
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let headers = [("x-amz-invocation-type", "Event")];
        let woken = self.lambda.post(&path, &headers, r#"{"reason":"push"}"#.to_owned(), now).await;
        let accepted = woken.and_then(|answer| {
            let status = answer.status();
            let refused = || Cause::new(format!("Lambda answered {}", status.as_u16()));
            status.is_success().then_some(()).ok_or_else(refused)
        });
        if let Err(cause) = accepted {
            tracing::warn!(%cause, "redeliver is left to its schedule");
        }
    }
}
