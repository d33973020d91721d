//! The store: an encrypted SQLite file that survives the death of the process at any instant.
//!
//! One app writes it; a notification extension may add a message meanwhile. SQLite's own lock, held
//! for the length of a transaction, keeps them apart: a lock held longer would have iOS end the app
//! that is suspended with it. Each opening by an app makes it the owner, and what an earlier owner
//! commits after that is refused: two of them would each believe in a state that the other changes.

mod apply;
mod failure;
mod file;
mod notification;
mod open;
mod search;
mod snapshot;
mod views;
mod write;

pub use file::Store;
pub use notification::Told;
pub use open::StoreKey;
pub use search::Hit;
pub use snapshot::{Account, Entry, EntryImage, Refusal, SessionState, Snapshot};
pub use write::{CleanImage, Write};

#[cfg(test)]
mod tests;
