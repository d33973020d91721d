//! What the walker of a format asks for, and how much of it there may be.

use std::ops::Range;

/// How many bytes of metadata are looked through, in all.
pub(super) const MAX_METADATA: u64 = 4 * 1024 * 1024;

/// What a walker asks for.
#[derive(Debug)]
pub(super) enum Next {
    /// All of these bytes in one piece, or those that are there before the file's end.
    Block(Range<u64>),
    /// The bytes from here on, as they come.
    From(u64),
    /// Nothing: it knows the answer.
    Done(bool),
}
