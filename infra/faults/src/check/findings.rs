//! The promises that can be broken, and which were.

use serde::Serialize;
use std::collections::BTreeMap;

/// Examples kept of each fault.
const EXAMPLES: usize = 5;

/// A promise that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Acknowledged, and not there.
    Lost,
    /// There, and never sent; or sent and refused.
    Invented,
    /// Stored twice, or two messages in one place.
    Duplicated,
    /// The places of a session are not 1, 2, 3, …
    Gap,
    /// Not what was sent or what it was changed to last, or not where its acknowledgment said.
    Altered,
    /// Too much is gone of what is not older than the retention period, or too little.
    Beginning,
    /// A retracted text in a later answer, or any text in a log or a push.
    Leaked,
    /// Before a message that had been acknowledged when it was sent.
    Reordered,
    /// A page by `after=` left something out.
    Skipped,
    /// A client's frames and pages are not what a fresh read gives.
    Unheard,
    /// A connection was open, and a frame never came over it.
    FrameMissed,
    /// An unread count is not the number of unread messages.
    Miscounted,
    /// A read mark is before one that had been acknowledged, or what lies before it is unread.
    Unmarked,
    /// The outbox is not empty.
    Owed,
    /// No push for a message that must ring.
    PushMissing,
    /// A message has two idempotency keys, or a key two messages.
    PushTwice,
    /// A push for something that must not ring.
    PushUnexpected,
    /// An answer that nobody should get: a refusal of what is allowed, or two for one message.
    Surprise,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Lost,
        Self::Invented,
        Self::Duplicated,
        Self::Gap,
        Self::Altered,
        Self::Beginning,
        Self::Leaked,
        Self::Reordered,
        Self::Skipped,
        Self::Unheard,
        Self::FrameMissed,
        Self::Miscounted,
        Self::Unmarked,
        Self::Owed,
        Self::PushMissing,
        Self::PushTwice,
        Self::PushUnexpected,
        Self::Surprise,
    ];
}

/// How often a promise was broken, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How often.
    pub count: usize,
    /// The first few.
    pub examples: Vec<String>,
}

/// What the checker found, by promise; every promise is there, most with a count of zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings(BTreeMap<Fault, Finding>);

impl Findings {
    /// Nothing is broken yet.
    pub(super) fn none() -> Self {
        Self(Fault::ALL.map(|fault| (fault, Finding::default())).into())
    }

    /// How often this promise was broken.
    #[must_use]
    pub fn count(&self, fault: Fault) -> usize {
        self.0.get(&fault).map_or(0, |finding| finding.count)
    }

    /// The promises that were broken.
    #[must_use]
    pub fn broken(&self) -> Vec<Fault> {
        self.all().filter(|(_, finding)| finding.count > 0).map(|(fault, _)| fault).collect()
    }

    /// Each promise with how often it was broken.
    pub fn all(&self) -> impl Iterator<Item = (Fault, &Finding)> {
        self.0.iter().map(|(fault, finding)| (*fault, finding))
    }

    pub(super) fn note(&mut self, fault: Fault, example: impl FnOnce() -> String) {
        let finding = self.0.entry(fault).or_default();
        finding.count += 1;
        if finding.examples.len() < EXAMPLES {
            finding.examples.push(example());
        }
    }
}
