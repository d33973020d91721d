//! How far catching up is.

/// Where something was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::core) enum Source {
    /// By a page of `sync`, of which each is newer than the one before.
    Sync,
    /// By a frame, or an answer: in any order.
    Frame,
}

#[derive(Debug, Default)]
pub(in crate::core) struct CatchUp {
    /// Something may have been missed since the last run began.
    pub is_wanted: bool,
    /// A run has more pages.
    pub has_more: bool,
    /// The service cannot go on from the cursor. What is held stays until the first new page is here.
    pub is_expired: bool,
}

impl CatchUp {
    pub const fn want(&mut self) {
        self.is_wanted = true;
    }

    /// A page is asked for. What is missed from now on is for another run.
    pub const fn begun(&mut self) {
        if !self.has_more {
            self.is_wanted = false;
        }
        self.has_more = true;
    }
}
