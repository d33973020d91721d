//! The rows that runs of `redeliver` take, put off, give up and look at: each statement by itself, on a database.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod given_up;
mod help;
mod leases;
mod others;
mod pushes;
mod taking;
