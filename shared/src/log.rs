//! Logging: one JSON object a line on standard output, and only what this service itself says.
//!
//! Say something with [`info!`], [`warn!`] and [`error!`] of this module: their lines have the one target
//! that is let through. `RUST_LOG` chooses how much; what each invocation has to leave, its line of the
//! audit trail and its metrics, is written whatever that says. It cannot make our dependencies talk: at
//! `trace` they would print what passes through them, and that is health information and tokens.

pub use crate::{__error as error, __info as info, __warn as warn};

#[doc(hidden)]
pub use tracing;

use serde::Serialize;
use std::{env, panic};
use tracing::{Level, Subscriber, subscriber::set_global_default};
use tracing_subscriber::{
    Layer as _, Registry,
    filter::{FilterExt as _, Targets, filter_fn},
    layer::SubscriberExt as _,
};

/// Room for a line as most are, in bytes.
const USUAL_LINE: usize = 1_024;

/// Says what an operator may want to know.
#[doc(hidden)]
#[macro_export]
macro_rules! __info {
    ($($said:tt)+) => { $crate::log::tracing::event!(target: "chat", $crate::log::tracing::Level::INFO, $($said)+) };
}

/// Says what did not go as it should, and is being dealt with.
#[doc(hidden)]
#[macro_export]
macro_rules! __warn {
    ($($said:tt)+) => { $crate::log::tracing::event!(target: "chat", $crate::log::tracing::Level::WARN, $($said)+) };
}

/// Says what somebody has to look at.
#[doc(hidden)]
#[macro_export]
macro_rules! __error {
    ($($said:tt)+) => { $crate::log::tracing::event!(target: "chat", $crate::log::tracing::Level::ERROR, $($said)+) };
}

/// Starts logging.
///
/// # Errors
/// One line when `RUST_LOG` is malformed.
pub fn start() -> Result<(), String> {
    let directives = env::var("RUST_LOG").unwrap_or_default();
    let targets = if directives.is_empty() {
        Targets::new().with_default(Level::INFO)
    } else {
        let malformed = |_| "environment variable RUST_LOG is not a level or list of directives";
        directives.parse().map_err(malformed)?
    };
    // A second start, as in tests, keeps the first.
    set_global_default(subscriber(targets)).ok();
    // A panic's text may quote what it stumbled over.
    panic::set_hook(Box::new(|panicked| {
        let location = panicked.location().map(ToString::to_string);
        error!(location, "panicked");
    }));
    Ok(())
}

/// Writes one line, as a whole.
#[allow(clippy::disallowed_macros, reason = "the one place that writes to standard output")]
pub(crate) fn line(line: &impl Serialize) {
    let mut text = Vec::with_capacity(USUAL_LINE);
    if serde_json::to_writer(&mut text, line).is_ok() {
        println!("{}", String::from_utf8_lossy(&text));
    }
}

fn subscriber(targets: Targets) -> impl Subscriber {
    let ours = filter_fn(|metadata| metadata.target() == "chat");
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    Registry::default().with(lines.with_filter(ours.and(targets)))
}
