//! The model, as the checker wants it.

use crate::{budget::Budget, mutant::Mutant};

/// A model: how much may go wrong, and the mistake that was planted, if any.
#[derive(Clone, Copy, Debug)]
pub struct Chat {
    /// How much may go wrong.
    pub budget: Budget,
    /// The mistake.
    pub planted: Option<Mutant>,
}

impl Chat {
    pub(crate) fn has(self, mutant: Mutant) -> bool {
        self.planted == Some(mutant)
    }
}
