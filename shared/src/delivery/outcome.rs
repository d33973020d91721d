//! What an attempt comes to.

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and the row is gone.
    Settled,
    /// It is not done: the row stays.
    Again,
}
