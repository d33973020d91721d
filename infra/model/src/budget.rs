//! How much may go wrong.

/// How often each thing may happen in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Senders and runs of `redeliver` that die.
    pub deaths: u8,
    /// Leases that end while who has them still works.
    pub slow: u8,
    /// Frames that the gateway refuses for now.
    pub refusals: u8,
    /// Connections that close without a word.
    pub closings: u8,
    /// Pushes that the provider refuses, or takes and calls failed.
    pub provider: u8,
    /// Whether the message is corrected, too.
    pub corrects: bool,
}

impl Budget {
    const NOTHING: Self =
        Self { deaths: 0, slow: 0, refusals: 0, closings: 0, provider: 0, corrects: false };

    /// Every kind of trouble beside every other kind that it could meet: seconds.
    pub const SHORT: [Self; 3] = [
        Self { deaths: 1, slow: 1, ..Self::NOTHING },
        Self { deaths: 1, refusals: 1, closings: 1, ..Self::NOTHING },
        Self { slow: 1, provider: 1, ..Self::NOTHING },
    ];
    /// Three and four kinds at once, and corrections as well: some minutes.
    pub const LONG: [Self; 5] = [
        Self { deaths: 1, refusals: 1, closings: 1, provider: 1, ..Self::NOTHING },
        Self { deaths: 1, slow: 1, provider: 1, ..Self::NOTHING },
        Self { deaths: 2, provider: 2, ..Self::NOTHING },
        Self { deaths: 1, corrects: true, ..Self::NOTHING },
        Self { slow: 1, corrects: true, ..Self::NOTHING },
    ];
}
