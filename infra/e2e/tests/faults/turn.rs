//! The private stack, and whose turn it is to break it.

use chat_e2e::{Behavior, Condition, Dependency, Gate, PrivateStack, Stack};
use std::{ops::Deref, sync::LazyLock};
use tokio::sync::{Mutex, MutexGuard};

/// The stack, with a gate between its functions and the gateway's `@connections`.
struct Ground {
    stack: PrivateStack,
    gate: Gate,
}

static GROUND: LazyLock<Mutex<Ground>> = LazyLock::new(|| {
    let gate = Gate::new().unwrap();
    let stack = PrivateStack::start(&[
        ("AUTO_ARCHIVE_DAYS", "1"),
        ("RUST_LOG", "trace"),
        ("FORGETFUL_NETWORK", "1"),
        // One environment for each function: whom it remembers and when it dies is known.
        ("MAX_ENVIRONMENTS", "1"),
        // Only when a test says so.
        ("REDELIVER_EVERY_SECONDS", "1000000"),
        ("WEBSOCKET_ENDPOINT", &format!("http://{}/default", gate.address())),
    ]);
    let gateway = stack.stack().endpoints().management_api.clone();
    let (_, address) = gateway.split_once("//").unwrap();
    gate.lead_to(address.split('/').next().unwrap());
    Mutex::new(Ground { stack, gate })
});

/// A turn on the private stack, with everything up at its beginning.
pub struct Turn {
    ground: MutexGuard<'static, Ground>,
    stack: Stack,
}

impl Turn {
    pub async fn begin() -> Self {
        let ground = GROUND.lock().await;
        let stack = ground.stack.stack();
        ground.gate.open();
        for dependency in
            [Dependency::Postgres, Dependency::MySql, Dependency::S3, Dependency::OneSignal]
        {
            stack.set(dependency, Condition::Up).await;
        }
        stack.provider_behaves(&Behavior::default()).await;
        // A breaker that the test before has opened goes with its process.
        stack.kill("redeliver").await;
        Self { ground, stack }
    }

    /// What frames and closings go through on their way to the gateway.
    pub fn gate(&self) -> &Gate {
        &self.ground.gate
    }
}

impl Deref for Turn {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.stack
    }
}
