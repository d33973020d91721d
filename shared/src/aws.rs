//! What the AWS clients share: credentials and region from the environment that Lambda gives, and
//! bounds on time. Retrying is ours to do, so the SDK does none.

use aws_sdk_s3::config::{Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig};
use std::{env, time::Duration};

/// The function's own credentials.
#[must_use]
pub fn credentials() -> Credentials {
    let variable = |name| env::var(name).unwrap_or_default();
    Credentials::new(
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
        env::var("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    )
}

/// The region that the function runs in.
#[must_use]
pub fn region() -> Region {
    Region::new(env::var("AWS_REGION").unwrap_or_else(|_| "us-east-1".to_owned()))
}

/// No retries by the SDK.
#[must_use]
pub fn no_retries() -> RetryConfig {
    RetryConfig::disabled()
}

/// Bounds for one operation, connecting included. Our HTTP client is told as well: it gives an old
/// connection a share of that.
#[must_use]
pub fn within(limit: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_timeout(limit).read_timeout(limit).build()
}
