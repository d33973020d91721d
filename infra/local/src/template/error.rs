//! What can be wrong with the template.

use std::{error, fmt};

/// What is wrong with the template, and where: always one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    place: String,
    what: String,
}

impl TemplateError {
    pub(super) fn new(place: &str, what: impl fmt::Display) -> Self {
        Self { place: place.to_owned(), what: what.to_string().replace('\n', " ") }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

impl error::Error for TemplateError {}
