//! Credentials and rights: who calls, and whether template.yaml lets them.

mod calls;
mod condition;
pub mod controls;
mod credentials;
mod decision;
mod directory;
mod pattern;
mod policy;
mod uses;

pub use self::calls::{Call, Verdict};
pub use self::condition::{Condition, Context};
pub use self::credentials::Credentials;
pub use self::decision::{Allowance, Refusal, Rights};
pub use self::directory::{Denial, Iam, Principal};
pub use self::pattern::Pattern;
pub use self::policy::{Effect, Grant, Policy, Request, Selection, Statement};
pub use self::uses::{Use, note_uses};
