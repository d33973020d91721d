//! Statements by themselves, each beside rows that differ from what it is about in one thing only.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod access;
mod audiences;
mod bystanders;
mod connections;
mod erasures;
mod expiring;
mod exports;
mod help;
mod holds;
mod images;
mod jobs;
mod marks;
mod messages;
mod pace;
mod revocations;
mod trimming;
