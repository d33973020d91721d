//! How much of a core an environment may have.

use std::str::FromStr;

/// As Lambda's: what is not used in this time is lost.
const PERIOD: f64 = 0.020;
/// A part of a core, above 0 and up to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CpuShare(f64);

impl CpuShare {
    /// As a part of one core.
    pub(super) fn of_a_core(self) -> f64 {
        self.0
    }

    /// What may be used at once, in seconds.
    pub(super) fn quota(self) -> f64 {
        self.0 * PERIOD
    }
}

impl FromStr for CpuShare {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let share = text.parse().map_err(|_| ())?;
        if share > 0.0 && share <= 1.0 { Ok(Self(share)) } else { Err(()) }
    }
}
