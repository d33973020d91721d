//! What can be wrong with the service, or with the way to it.

/// What the service is like at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Fine,
    /// It answers 503, or nothing.
    Away,
    /// It does what it is asked, and forgets to answer.
    Forgetful,
    /// A network on the way wants to be signed in to: everything is a page of HTML.
    Portal,
}
