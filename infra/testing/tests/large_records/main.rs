//! Many records: an export that is killed on its way, and a long session of which most expires. A process of its
//! own, for its memory is looked at. `make large` has them at full size.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod expiring;
mod exporting;
#[path = "../records/help.rs"]
#[allow(dead_code, reason = "the other tests of records use the rest")]
mod help;

/// Whether this is the proof at full size, which takes minutes.
fn is_full_size() -> bool {
    std::env::var_os("FULL_SIZE").is_some()
}
