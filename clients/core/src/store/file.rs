//! The open store: what is committed to it, and how it is erased.

use super::{
    apply,
    failure::failure,
    open::{self, Missing, StoreKey},
    snapshot::{self, Snapshot},
    write::Write,
};
use crate::error::{Advice, ChatError};
#[cfg(test)]
use rusqlite::OpenFlags;
use rusqlite::{Connection, TransactionBehavior};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// An open store.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    owner: i64,
}

impl Store {
    /// Opens an app's store, makes it where there is none, and takes it over from whoever had it.
    ///
    /// # Errors
    /// `store_key` when the key does not open it, `store_newer` when a newer app has written it,
    /// `store_failed` when the phone's storage fails.
    pub fn open(path: &Path, key: &StoreKey) -> Result<Self, ChatError> {
        Self::take_over(open::open(path, key, Missing::Create)?)
    }

    /// Opens a store that is there, to read it or to add a message, beside the app that owns it.
    ///
    /// # Errors
    /// As [`Store::open`]; `store_failed` when there is none.
    pub fn open_beside(path: &Path, key: &StoreKey) -> Result<Self, ChatError> {
        Ok(Self { connection: open::open(path, key, Missing::Refuse)?, owner: 0 })
    }

    /// A store in memory, unencrypted, for simulations.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        let connection = open::connect(Path::new(":memory:"), OpenFlags::default()).unwrap();
        Self::take_over(open::prepare(connection).unwrap()).unwrap()
    }

    fn take_over(connection: Connection) -> Result<Self, ChatError> {
        let mut store = Self { connection, owner: 0 };
        store.reopen()?;
        Ok(store)
    }

    /// Becomes the owner anew, as a process does that opens the store after another one.
    pub(crate) fn reopen(&mut self) -> Result<(), ChatError> {
        let sql = "UPDATE account SET owner = owner + 1 RETURNING owner";
        let owner = self.connection.query_row(sql, [], |row| row.get(0));
        self.owner = owner.map_err(|error| failure(&error))?;
        Ok(())
    }

    /// Everything that a core needs to know to go on.
    ///
    /// # Errors
    /// `store_failed`
    pub fn load(&self) -> Result<Snapshot, ChatError> {
        snapshot::load(&self.connection).map_err(|error| failure(&error))
    }

    /// Writes all of it or nothing. When it returns, it is on the disk.
    ///
    /// # Errors
    /// `store_taken_over` when another process has opened the store since, `store_failed`
    pub fn commit(&mut self, writes: &[Write]) -> Result<(), ChatError> {
        let owner = self.owner;
        let run = |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let now: i64 =
                transaction.query_row("SELECT owner FROM account", [], |row| row.get(0))?;
            if now != owner {
                return Ok(false);
            }
            for write in writes {
                apply::apply(&transaction, write)?;
            }
            transaction.commit()?;
            Ok(true)
        };
        match run(&mut self.connection) {
            Ok(true) => Ok(()),
            Ok(false) => {
                let detail = "another process has opened the store";
                Err(ChatError::new("store_taken_over", detail, Advice::Report))
            }
            Err(error) => Err(failure(&error)),
        }
    }

    /// Leaves nothing of whoever was signed in, and begins an empty store in the same place. Emptied
    /// first, then removed: whenever the process dies, either nothing has happened or nobody is
    /// signed in any more.
    ///
    /// # Errors
    /// `store_failed`
    pub fn erase(mut self, path: &Path, key: &StoreKey) -> Result<Self, ChatError> {
        self.commit(&[Write::Everything])?;
        // What is not in the log need not be removed with it.
        let truncated =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        truncated.map_err(|error| failure(&error))?;
        drop(self);
        remove(path)?;
        Self::open(path, key)
    }

    /// The bytes of a queued image.
    ///
    /// # Errors
    /// `store_failed`, also when there is no such image any more.
    pub fn image_bytes(&self, entry: i64, position: usize) -> Result<Vec<u8>, ChatError> {
        let sql = "SELECT bytes FROM entry_images WHERE entry_id = ?1 AND position = ?2";
        let bytes = self.connection.query_row(sql, (entry, position), |row| row.get(0));
        bytes.map_err(|error| failure(&error))
    }
}

/// Removes a store's files, for good.
///
/// # Errors
/// `store_failed` when one of them is there and cannot be removed.
pub(super) fn remove(path: &Path) -> Result<(), ChatError> {
    // The file itself last: a new one would take an old one's log for its own.
    for ending in ["-wal", "-shm", "-journal", ""] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        match fs::remove_file(PathBuf::from(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let detail = "the store could not be removed";
                return Err(ChatError::new("store_failed", detail, Advice::Report));
            }
            _ => {}
        }
    }
    Ok(())
}
