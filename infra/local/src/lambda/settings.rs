//! What the service is told at its start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::cpu_share::CpuShare;
use crate::bill::Meter;

/// What the service needs to know at its start.
#[derive(Clone, Debug)]
pub struct LambdaSettings {
    /// Every function.
    pub functions: Vec<FunctionSettings>,
    /// How many environments one function may have at once.
    pub max_environments: usize,
    /// How much of a core an environment may have; without it, as much as there is.
    pub cpu_share: Option<CpuShare>,
    /// Where requests, time and log lines are counted.
    pub meter: Meter,
}

/// One function.
#[derive(Clone, Debug)]
pub struct FunctionSettings {
    /// Its name.
    pub name: String,
    /// The name that policies know it by.
    pub arn: String,
    /// Its program.
    pub binary: PathBuf,
    /// How long one invocation may take, work after the answer included.
    pub timeout: Duration,
    /// Told to the function and billed, not enforced.
    pub memory_mb: u64,
    /// A limit of its own below `max_environments`.
    pub reserved_concurrency: Option<usize>,
    /// Its environment variables, credentials included, but those of Lambda itself.
    pub environment: BTreeMap<String, String>,
}
