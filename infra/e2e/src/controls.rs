//! The stack's controls: functions killed, dependencies disturbed, schedules run by hand.

use crate::{Reply, Stack};
use serde_json::{Value, json};
use std::time::Instant;

/// What the service depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// The chat's own database.
    Postgres,
    /// Jarvis.
    MySql,
    /// The images.
    S3,
    /// The push provider.
    OneSignal,
}

/// The state that a dependency is told to be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Answering.
    Up,
    /// Stopped hard: connections are cut and refused.
    Down,
    /// Not answering, with its connections open.
    Frozen,
    /// Killed hard and answering again.
    Restarted,
    /// Answering, but not over the connections there are: nobody closes them, and they stay silent. Of a
    /// database only in a stack with `FORGETFUL_NETWORK=1`.
    Forgotten,
}

impl Dependency {
    const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
            Self::S3 => "s3",
            Self::OneSignal => "onesignal",
        }
    }
}

impl Condition {
    const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Frozen => "frozen",
            Self::Restarted => "restarted",
            Self::Forgotten => "forgotten",
        }
    }
}

impl Stack {
    /// Brings a dependency into a state; it is so on return.
    pub async fn set(&self, dependency: Dependency, condition: Condition) {
        let url = format!("{}/dependencies/{}", self.endpoints().lambda_api, dependency.name());
        let body = json!({"state": condition.name()});
        let answer = self.http().put(url).json(&body).send().await.expect("the stack is running");
        let status = answer.status().as_u16();
        assert_eq!(status, 204, "{}", answer.text().await.unwrap_or_default());
    }

    /// From now on the gateway answers these shares of all posts to connections with 429 and 500.
    pub async fn refuse_posts(&self, throttled: f64, failed: f64) {
        let url = format!("{}/connections/posts", self.endpoints().lambda_api);
        let shares = json!({"throttled": throttled, "failed": failed});
        let answer = self.http().put(url).json(&shares).send().await.expect("the stack is running");
        assert_eq!(answer.status().as_u16(), 204);
    }

    /// Kills a function's environments, busy ones too; tells how many there were.
    pub async fn kill(&self, function: &str) -> i64 {
        let url = format!("{}/functions/{function}/kill", self.endpoints().lambda_api);
        let answer = self.post(&url, &json!({})).await;
        answer["killed"].as_i64().unwrap_or_else(|| panic!("not killed: {answer}"))
    }

    /// Runs a scheduled function now; the reply is the function's.
    pub async fn run_schedule(&self, function: &str) -> Reply {
        let url = format!("{}/schedules/{function}/run", self.endpoints().lambda_api);
        let began = Instant::now();
        let answer = self.http().post(url).send().await.expect("the stack is running");
        Reply::read(answer, began).await.expect("a whole answer")
    }

    /// One run of `redeliver`, which must go well; its report.
    pub async fn redeliver(&self) -> Value {
        self.run_schedule("redeliver").await.expect(200).clone()
    }

    /// Invokes a function directly, as the AWS CLI does.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Reply {
        let path = format!("2015-03-31/functions/{function}/invocations");
        let url = format!("{}/{path}", self.endpoints().lambda_api);
        let began = Instant::now();
        let request = self.http().post(url).body(payload.to_string());
        let answer = request.send().await.expect("the stack is running");
        Reply::read(answer, began).await.expect("a whole answer")
    }

    /// The statistics of one function: `environments`, `busy`, `cold_starts`, `invocations`, `errors`,
    /// `p50_ms`, `p99_ms`.
    pub async fn statistics(&self, function: &str) -> Value {
        let url = format!("{}/functions", self.endpoints().lambda_api);
        let answer = self.http().get(url).send().await.expect("the stack is running");
        let answer: Value = answer.json().await.expect("statistics are JSON");
        let all = answer["functions"].as_array().expect("a list of functions");
        let found = all.iter().find(|statistics| statistics["name"] == function);
        found.unwrap_or_else(|| panic!("there is no function {function}")).clone()
    }
}
