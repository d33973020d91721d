//! What the user waits for.

use crate::core::Wish;

/// A wish that the service has to fulfil.
#[derive(Debug)]
pub(in crate::core) struct Call {
    pub wish: Wish,
    /// Of the session whose older messages are asked for, what was held then.
    pub held: Option<(i64, u32)>,
}
