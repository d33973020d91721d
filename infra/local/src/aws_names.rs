//! The names that AWS's parts have on this machine.

/// The region that everything on this machine claims to be in.
pub(crate) const REGION: &str = "eu-central-1";
/// The account that everything on this machine claims to belong to.
pub(crate) const ACCOUNT_ID: &str = "123456789012";
/// The partition of that region.
pub(crate) const PARTITION: &str = "aws";
/// The name that the template's stack has here.
pub(crate) const STACK: &str = "chat-local";
/// What CloudFormation adds to the names it makes up; the same for all here.
pub(crate) const SUFFIX: &str = "LOCAL0000000";
/// The id by which policies know the database's server.
pub(crate) const DATABASE_RESOURCE: &str = "cluster-LOCAL";
/// The same of Jarvis's.
pub(crate) const JARVIS_RESOURCE: &str = "db-LOCAL";
/// The id that both gateways' APIs have here.
pub(crate) const API_ID: &str = "local";

/// An ARN of this account and region.
pub(crate) fn arn(service: &str, rest: &str) -> String {
    format!("arn:{PARTITION}:{service}:{REGION}:{ACCOUNT_ID}:{rest}")
}

/// The ARN of a role of this account.
pub(crate) fn role_arn(name: &str) -> String {
    format!("arn:{PARTITION}:iam::{ACCOUNT_ID}:role/{name}")
}

/// What CloudFormation calls a resource of the template that has no name of its own.
pub(crate) fn physical_name(logical_id: &str) -> String {
    format!("{STACK}-{logical_id}-{SUFFIX}")
}
