//! Reading variables, and saying which of them is at fault.

use super::secret::Secret;
use std::{borrow::Cow, fmt};

/// A variable's value, if it has one.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A missing or malformed variable; says which, and never shows its value.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    variable: &'static str,
    problem: Cow<'static, str>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "environment variable {} {}", self.variable, self.problem)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    pub(super) fn new(variable: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { variable, problem: problem.into() }
    }
}

/// A variable's value; an empty one is as good as none.
pub(super) fn text(lookup: Lookup, variable: &'static str) -> Result<String, ConfigError> {
    let value = lookup(variable).filter(|value| !value.is_empty());
    value.ok_or_else(|| ConfigError::new(variable, "is missing"))
}

/// A value as people store secrets.
pub(super) fn stored(
    variable: &'static str,
    text: &str,
    keys: &[&str],
) -> Result<Secret, ConfigError> {
    Secret::from_stored(text, keys).map_err(|cause| ConfigError::new(variable, cause.to_string()))
}
