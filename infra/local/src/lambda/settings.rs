//! What the service is told at its start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What the service needs to know at its start.
#[derive(Clone, Debug)]
pub struct LambdaSettings {
    /// Every function.
    pub functions: Vec<FunctionSettings>,
    /// How many environments one function may have at once.
    pub max_environments: usize,
    /// The credentials that functions find in their environment.
    pub access_key_id: String,
    /// See `access_key_id`.
    pub secret_access_key: String,
}

/// One function.
#[derive(Clone, Debug)]
pub struct FunctionSettings {
    /// Its name.
    pub name: String,
    /// Its program.
    pub binary: PathBuf,
    /// How long one invocation may take, work after the answer included.
    pub timeout: Duration,
    /// Told to the function, not enforced.
    pub memory_mb: u64,
    /// A limit of its own below `max_environments`.
    pub reserved_concurrency: Option<usize>,
    /// Its environment variables but those of Lambda itself.
    pub environment: BTreeMap<String, String>,
}
