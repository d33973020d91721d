//! The private stacks, and whose turn it is to break one.

use chat_e2e::{Behavior, Condition, Dependency, Gate, PrivateStack, Stack};
use std::{
    ops::Deref,
    sync::{Mutex, PoisonError},
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many there are: most of these tests wait most of their time.
const GROUNDS: usize = 2;
static TURNS: Semaphore = Semaphore::const_new(GROUNDS);
/// Those that were started and nobody is on.
static FREE: Mutex<Vec<Ground>> = Mutex::new(Vec::new());

/// A stack, with a gate between its functions and the gateway's `@connections`.
struct Ground {
    stack: PrivateStack,
    gate: Gate,
}

impl Ground {
    fn start() -> Self {
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
        Self { stack, gate }
    }
}

/// A turn on a private stack, with everything up at its beginning.
pub struct Turn {
    /// None once the turn is over.
    ground: Option<Ground>,
    stack: Stack,
    _permit: SemaphorePermit<'static>,
}

impl Turn {
    pub async fn begin() -> Self {
        let permit = TURNS.acquire().await.unwrap();
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let ground = free.unwrap_or_else(Ground::start);
        let stack = ground.stack.stack();
        let turn = Self { ground: Some(ground), stack, _permit: permit };
        turn.gate().open();
        for dependency in
            [Dependency::Postgres, Dependency::MySql, Dependency::S3, Dependency::OneSignal]
        {
            turn.set(dependency, Condition::Up).await;
        }
        turn.provider_behaves(&Behavior::default()).await;
        // A breaker that the test before has opened goes with its process.
        turn.kill("redeliver").await;
        turn
    }

    /// What frames and closings go through on their way to the gateway.
    pub fn gate(&self) -> &Gate {
        &self.ground.as_ref().unwrap().gate
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let ground = self.ground.take();
        FREE.lock().unwrap_or_else(PoisonError::into_inner).extend(ground);
    }
}

impl Deref for Turn {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.stack
    }
}
