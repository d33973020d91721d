//! What one event leads to, while it is taken in.

use crate::{
    core::{Change, Effect},
    store::Write,
};
use std::collections::BTreeSet;

/// What is collected while an event is taken in.
#[derive(Debug, Default)]
pub(in crate::core) struct Step {
    pub writes: Vec<Write>,
    pub effects: Vec<Effect>,
    pub changes: BTreeSet<Change>,
    /// Sessions to be written, once each.
    pub dirty: BTreeSet<i64>,
}
