//! A function under the Runtime API, and its invocations.

use crate::process::{self, Process};
use bytes::Bytes;
use chat_local::lambda::Lambda;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// How often is looked whether an environment rests.
const BETWEEN_LOOKS: Duration = Duration::from_micros(200);

/// A function that only the benchmark invokes.
pub struct Function {
    name: String,
    program: PathBuf,
    lambda: Arc<Lambda>,
}

/// What an invocation came to.
pub struct Answer {
    /// From the call to the answer, in milliseconds.
    pub took: f64,
    /// The HTTP status.
    pub status: i64,
    /// The body.
    pub body: Value,
}

impl Function {
    pub(crate) fn new(name: &str, program: &Path, lambda: Arc<Lambda>) -> Self {
        Self { name: name.to_owned(), program: program.to_owned(), lambda }
    }

    /// Invokes it; waits for a free environment, if need be.
    pub async fn invoke(&self, event: Bytes) -> Answer {
        let began = Instant::now();
        let answer = self.lambda.invoke(&self.name, event, None).await;
        let took = began.elapsed().as_secs_f64() * 1_000.0;
        let answer = answer.unwrap_or_else(|error| panic!("{} failed: {error}", self.name));
        let answer: Value = serde_json::from_slice(&answer).expect("answers are JSON");
        let body = answer["body"].as_str().unwrap_or_default();
        let body = serde_json::from_str(body).unwrap_or_default();
        Answer { took, status: answer["statusCode"].as_i64().unwrap_or_default(), body }
    }

    /// Waits until the work after the last answer is done.
    pub async fn rest(&self) {
        while self.lambda.functions().iter().any(|function| function.busy > 0) {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Ends its environments, so that the next invocation begins with a cold start.
    pub async fn kill(&self) {
        let _ = self.lambda.kill(&self.name);
        while process::of(&self.program).is_some() {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// The process of its only environment.
    pub fn process(&self) -> Process {
        process::of(&self.program).expect("the function runs")
    }

    /// Ends it.
    pub async fn stop(self) {
        self.lambda.stop().await;
    }
}

impl Answer {
    /// The answer itself, which must have this status.
    pub fn expect(self, status: i64) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}
