//! Which of the rights that the template gives were of use to anyone.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

/// An action that a policy of the template grants, and how often it was made use of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Use {
    /// The function; none for what bounds all of them.
    pub function: Option<String>,
    /// The policy's name.
    pub policy: String,
    /// As the policy writes it.
    pub action: String,
    /// How many calls it allowed.
    pub uses: u64,
    /// How many of them would have been denied without it.
    pub needed: u64,
}

/// Adds them to a file, one JSON object a line, in one write: several stacks may share the file.
///
/// # Errors
/// When the file cannot be written to.
pub fn note_uses(uses: &[Use], file: &Path) -> io::Result<()> {
    let mut lines = Vec::new();
    for used in uses {
        serde_json::to_writer(&mut lines, used)?;
        lines.push(b'\n');
    }
    OpenOptions::new().create(true).append(true).open(file)?.write_all(&lines)
}
