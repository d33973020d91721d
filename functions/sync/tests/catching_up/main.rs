//! Catching up: what comes, how often, in which order, and what a client makes of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod changes;
mod help;
mod pages;
mod sessions;
