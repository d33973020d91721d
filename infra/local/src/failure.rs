//! Why the stack cannot do something: one line for the person at the terminal.

use std::fmt;

/// One clear line.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure with the line to show.
    pub fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }

    /// Turns a lower-level error into a failure: `….map_err(Failure::of("cannot read x"))`.
    pub fn of<E: fmt::Display>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |error| Self(format!("{what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
