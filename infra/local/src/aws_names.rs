//! The names that AWS's parts have on this machine.

/// The region that everything on this machine claims to be in.
pub(crate) const REGION: &str = "eu-central-1";
/// The account that everything on this machine claims to belong to.
pub(crate) const ACCOUNT_ID: &str = "123456789012";
/// The id that both gateways' APIs have here.
pub(crate) const API_ID: &str = "local";
