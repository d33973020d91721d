//! Places at which a test may have the process die. Without the feature `failpoints` there is no code
//! here, and `FAILPOINTS` means nothing.
//!
//! `FAILPOINTS=redeliver/pushed=return` (the syntax of the crate `fail`) ends the process, as hard as
//! SIGKILL would, the first time that it comes by.

/// Reads `FAILPOINTS`.
#[cfg(feature = "failpoints")]
pub fn read_environment() {
    // Forgotten, for its end would take the settings back.
    std::mem::forget(fail::FailScenario::setup());
}

/// Ends the process here if it was told to.
#[cfg(feature = "failpoints")]
pub fn reach(name: &str) {
    if fail::eval(name, |_| ()).is_some() {
        eprintln!("the process dies at the fail point {name}");
        std::process::abort();
    }
}

/// Does nothing: this program has no fail points.
#[cfg(not(feature = "failpoints"))]
pub const fn read_environment() {}

/// Does nothing: this program has no fail points.
#[cfg(not(feature = "failpoints"))]
pub const fn reach(_name: &str) {}
