//! Jarvis is somebody else's: whatever its tables are made of, and however it fails, people are found or
//! the answer is true.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod jarvis;
mod silence;
mod tables;
