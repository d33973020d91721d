//! The Lambda service: the functions' own binaries behind the Runtime and Extensions APIs.
//!
//! One request at a time in an environment; more environments on demand up to a limit; a process is
//! frozen whenever neither its runtime nor an extension has anything to do, as on Lambda, so that work
//! after the answer which would never happen there does not happen here.

mod cpu_share;
mod environment;
mod error;
mod function;
mod governor;
pub mod invoke_api;
mod launcher;
mod limits;
mod registry;
mod request;
mod runtime_api;
mod service;
mod settings;
mod state;
mod statistics;

pub use self::cpu_share::CpuShare;
pub use self::error::InvokeError;
pub use self::service::Lambda;
pub use self::settings::{FunctionSettings, LambdaSettings};
pub use self::statistics::FunctionStatistics;
