//! The core and its shell against the whole service, on the local stack: phones of customers and
//! dentists who talk over its real HTTP and WebSocket APIs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod catching_up;
mod images;
mod phone;
mod talking;
mod trouble;
