//! Mistakes, each of which must break a rule.

/// A mistake in the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// What is owed is not written with the change.
    NoOutbox,
    /// A row goes before its frames are out.
    SettlesFirst,
    /// A row goes whatever version it has.
    SettlesAnyVersion,
    /// Nobody looks for who connected while the change was being committed.
    ForgetsTheLate,
    /// A client fetches before it is connected.
    FetchesFirst,
    /// A frame that was refused counts as sent.
    TakesRefusalsForDone,
    /// A connection that is gone ends the attempt, for good.
    StopsAtTheGone,
    /// Each try of a push has a key of its own.
    KeyForEachTry,
    /// A push does not look at what became of its message.
    PushesUnseen,
    /// Frames go to whoever is connected.
    TellsEverybody,
    /// A provider that fails counts as having taken the push.
    BelievesTheProvider,
    /// The lease of the dead does not end.
    LeasesForEver,
    /// A row is taken without a new version.
    TakesWithoutVersion,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::NoOutbox,
        Self::SettlesFirst,
        Self::SettlesAnyVersion,
        Self::ForgetsTheLate,
        Self::FetchesFirst,
        Self::TakesRefusalsForDone,
        Self::StopsAtTheGone,
        Self::KeyForEachTry,
        Self::PushesUnseen,
        Self::TellsEverybody,
        Self::BelievesTheProvider,
        Self::LeasesForEver,
        Self::TakesWithoutVersion,
    ];
}
