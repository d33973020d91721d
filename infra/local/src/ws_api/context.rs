//! What everyone at the gateway works with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::connections::Connections;
use super::events::Events;
use crate::bill::Meter;
use crate::lambda::{InvokeError, Lambda};
use crate::log::Log;
use crate::throttle::Throttle;

/// How long a function may take to answer.
pub(super) const INTEGRATION_LIMIT: Duration = Duration::from_secs(29);

/// How long connections live, and how fast they may come.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Two hours in the cloud.
    pub lifetime: Duration,
    /// Without a message either way; ten minutes in the cloud. The protocol's own pings do not count.
    pub idle: Duration,
    /// New ones; 500 for an account in the cloud.
    pub connects_per_second: u32,
}

/// One API: its functions, its connections, and where it reports trouble.
#[derive(Debug)]
pub(super) struct Context {
    /// Route key → function.
    pub(super) routes: BTreeMap<String, String>,
    pub(super) authorizer: Option<String>,
    pub(super) limits: ConnectionLimits,
    pub(super) handshakes: Throttle,
    pub(super) events: Events,
    pub(super) connections: Arc<Connections>,
    pub(super) lambda: Arc<Lambda>,
    pub(super) log: Log,
    pub(super) meter: Meter,
}

impl Context {
    /// Invokes a function within the gateway's limit.
    pub(super) async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        self.lambda.invoke(function, event, Some(INTEGRATION_LIMIT)).await
    }

    /// Notes trouble that a client is told little of.
    pub(super) fn report(&self, trouble: &str) {
        self.log.line("ws-api", trouble);
    }
}
