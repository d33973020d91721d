//! The push provider's stand-in: what it received, and how it is told to behave.

use crate::Stack;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the provider answers from now on; the default accepts everything at once.
#[derive(Clone, Debug, Serialize)]
pub struct Behavior {
    /// The HTTP status.
    pub status: u16,
    /// How long it takes.
    pub delay_ms: u64,
    /// Its `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// Player ids that it calls invalid.
    pub invalid: Vec<String>,
    /// The only key that it takes; the stack's own, if none.
    pub key: Option<String>,
}

impl Default for Behavior {
    fn default() -> Self {
        Self { status: 200, delay_ms: 0, retry_after: None, invalid: Vec::new(), key: None }
    }
}

/// A request that the provider received.
#[derive(Clone, Debug, Deserialize)]
pub struct Attempt {
    /// When, in RFC 3339.
    pub at: String,
    /// What it was answered with; none while the answer is under way.
    pub status: Option<u16>,
    /// What was asked for.
    pub body: Value,
}

#[derive(Deserialize)]
struct Received {
    received: Vec<Attempt>,
}

impl Stack {
    /// Tells the provider how to behave.
    pub async fn provider_behaves(&self, behavior: &Behavior) {
        let url = format!("{}/behaviour", self.endpoints().onesignal);
        let answer = self.http_anew().put(url).json(behavior).send().await;
        assert_eq!(answer.expect("the provider is up").status().as_u16(), 204);
    }

    /// Every push that the provider received since its start, refused ones too, in order of arrival.
    pub async fn pushes(&self) -> Vec<Attempt> {
        let url = format!("{}/received", self.endpoints().onesignal);
        let answer = self.http_anew().get(url).send().await.expect("the provider is up");
        answer.json::<Received>().await.expect("the provider tells what it received").received
    }

    /// Those of them that were for one player.
    pub async fn pushes_to(&self, player: &str) -> Vec<Attempt> {
        let mut pushes = self.pushes().await;
        pushes.retain(|push| push.body["include_subscription_ids"][0] == player);
        pushes
    }
}
