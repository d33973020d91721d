//! AWS's limits on what goes in and out, and on starting.

use std::time::Duration;

/// How large a synchronous payload may be, either way.
pub(super) const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024;
/// How long an environment may take to ask for its first invocation.
pub(super) const INITIALIZATION_LIMIT: Duration = Duration::from_secs(10);
