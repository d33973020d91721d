//! What operators do with records: held, handed over, erased. Each is asked for by an invocation without a
//! caller, with rights of its own.

mod answer;
mod bytes;
mod document;
mod erasure;
mod request;

pub use answer::{Answered, Refusal};
pub use bytes::{Deadline, delete_bytes};
pub use document::{HOLDS, HoldDocument, TOMBSTONES, Tombstone, engrave_hold, engrave_tombstone};
pub use erasure::{Erased, erase};
pub use request::{Asked, HoldRequest};
