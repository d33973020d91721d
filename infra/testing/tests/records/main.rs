//! Holding, handing over, erasing, letting expire: what operators do with records, against the databases and
//! the S3 of a local stack.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod access;
mod erasing;
mod exporting;
mod help;
mod holding;
mod orders;
mod racing;
mod retaining;
