//! What is owed.

/// What happens to the message, in this order but for the last two, which may change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    Message,
    Correction,
    Retraction,
}

impl Change {
    pub const ALL: [Self; 3] = [Self::Message, Self::Correction, Self::Retraction];

    /// The row of the frames that tell of it: corrections and retractions share one.
    pub fn frames(self) -> Owed {
        match self {
            Self::Message => Owed::MessageFrames,
            Self::Correction | Self::Retraction => Owed::UpdateFrames,
        }
    }
}

/// Which row of the outbox: one for each key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owed {
    MessageFrames,
    UpdateFrames,
    Push,
}

impl Owed {
    pub const ALL: [Self; 3] = [Self::MessageFrames, Self::UpdateFrames, Self::Push];
}

/// A row of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    /// Made anew by each change and each take: who has it may settle the row.
    pub version: u8,
    pub is_leased: bool,
    /// Nobody takes it any more: only a mistake does that here.
    pub is_given_up: bool,
}
