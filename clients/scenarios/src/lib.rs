#![doc = include_str!("../README.md")]
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on should panic where it stands"
)]

mod driver;
mod play;
mod scenario;

pub use driver::{Client, Driver};
pub use play::play;
pub use scenario::{Scenario, all};
