//! The shell: carries the core's effects out, with tokio, reqwest and a WebSocket.
//!
//! A [`Client`] has a runtime of its own, so that it runs whatever the app's threads do. One task,
//! the driver, owns the core and its store; requests, the WebSocket and timers are tasks that tell
//! it what happened. Views are read beside it, on a connection of their own.

mod app;
mod client;
mod driver;
mod effects;
mod http;
mod notification;
mod socket;
mod time;
mod views;

pub use app::{Config, Listener, TokenSource};
pub use client::Client;
pub use notification::notification_for;

#[cfg(test)]
mod tests;
