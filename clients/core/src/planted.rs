//! Bugs that the simulation's own test plants, one at a time, to see that each is found. Outside
//! that test, none of them is there.

/// A bug, by what the core does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Takes a message from the queue when it is asked to be stored, not when it is.
    RemovedBeforeStored,
    /// Sends the second of a queue when the first has failed.
    OvertakenInQueue,
    /// Sends on when one of the queue was refused.
    RefusedSkipped,
    /// Sends with an id of each attempt's own.
    IdOfAttempt,
    /// Does not keep which uploads are done.
    UploadsForgotten,
    /// Takes any send's answer for one that moved the mark.
    RetryMovesMark,
    /// Fetches nothing when a seq is missing.
    GapsLeft,
    /// Catches up at the start only.
    NoCatchUpAfterReconnect,
    /// Keeps what it holds of a truncated session.
    TruncatedKept,
    /// Stores the cursor before the page that it follows.
    CursorFirst,
    /// Takes whatever comes last for the newest state of a message.
    LastComerWins,
    /// Lets a late frame take a mark back.
    MarkMovesBack,
    /// Believes in a silent socket.
    NeverSuspicious,
    /// Asks for a new token whenever a handshake fails.
    TokenForEachDial,
    /// Waits as long as it is told.
    EndlessRetryAfter,
    /// Acts before it has stored.
    ActsBeforeCommit,
    /// Believes that what was not answered was not done.
    UnansweredForgotten,
    /// Forgets what the user has read with what the service has said.
    MarksForgotten,
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug for this thread, or takes it out.
#[cfg(test)]
pub(crate) fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether that bug is planted.
#[cfg(test)]
pub(crate) fn has(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether that bug is planted: never.
#[cfg(not(test))]
pub(crate) const fn has(_bug: Bug) -> bool {
    false
}

#[cfg(test)]
impl Bug {
    /// All of them.
    pub(crate) const ALL: [Self; 18] = [
        Self::RemovedBeforeStored,
        Self::OvertakenInQueue,
        Self::RefusedSkipped,
        Self::IdOfAttempt,
        Self::UploadsForgotten,
        Self::RetryMovesMark,
        Self::GapsLeft,
        Self::NoCatchUpAfterReconnect,
        Self::TruncatedKept,
        Self::CursorFirst,
        Self::LastComerWins,
        Self::MarkMovesBack,
        Self::NeverSuspicious,
        Self::TokenForEachDial,
        Self::EndlessRetryAfter,
        Self::ActsBeforeCommit,
        Self::UnansweredForgotten,
        Self::MarksForgotten,
    ];

    /// A seed of the simulation that finds it, as long as nothing changes how a seed runs.
    pub(crate) const fn seed(self) -> u64 {
        match self {
            Self::UploadsForgotten => 304,
            Self::GapsLeft => 207,
            Self::CursorFirst => 132,
            Self::LastComerWins => 90,
            Self::MarkMovesBack => 12,
            Self::EndlessRetryAfter => 50,
            Self::UnansweredForgotten => 429,
            Self::RetryMovesMark | Self::TruncatedKept => 5,
            Self::OvertakenInQueue
            | Self::RefusedSkipped
            | Self::ActsBeforeCommit
            | Self::MarksForgotten => 1,
            _ => 0,
        }
    }
}
