//! How a push provider can be.

use chat_e2e::{Behavior, Condition, Dependency, Stack};
use serde::Serialize;

/// How the provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It answers at once.
    None,
    /// It takes five seconds.
    Slow,
    /// It answers 500.
    Errs,
    /// It answers 429, with a Retry-After.
    Limits,
    /// Nobody listens there.
    Unreachable,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Slow, Self::Errs, Self::Limits, Self::Unreachable];

    pub(super) async fn begin(self, stack: &Stack) {
        let behavior = Behavior::default();
        let behavior = match self {
            Self::None | Self::Unreachable => behavior,
            Self::Slow => Behavior { delay_ms: 5_000, ..behavior },
            Self::Errs => Behavior { status: 500, ..behavior },
            Self::Limits => Behavior { status: 429, retry_after: Some(2), ..behavior },
        };
        stack.provider_behaves(&behavior).await;
        if self == Self::Unreachable {
            stack.set(Dependency::OneSignal, Condition::Down).await;
        }
    }
}
