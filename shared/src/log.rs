//! Logging: one JSON object a line on standard output, and only what this service itself says.
//!
//! Say something with [`info!`], [`warn!`] and [`error!`] of this module: their lines have the one target
//! that is let through, and there is no other way to say anything. `RUST_LOG` chooses how much; the audit
//! trail is written whatever it says. It cannot make our dependencies talk: at `trace` they would print
//! what passes through them, and that is health information and tokens.

pub use crate::{__error as error, __info as info, __warn as warn};

#[doc(hidden)]
pub use tracing;

use std::{env, panic};
use tracing::{Level, Subscriber, subscriber::set_global_default};
use tracing_subscriber::{
    Layer as _, Registry,
    filter::{FilterExt as _, Targets, filter_fn},
    layer::SubscriberExt as _,
};

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

fn subscriber(targets: Targets) -> impl Subscriber {
    let ours = filter_fn(|metadata| metadata.target() == "chat");
    let audit = filter_fn(|metadata| metadata.target() == "audit");
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    Registry::default().with(lines.with_filter(ours.and(targets).or(audit)))
}
