//! Opening the file: never without its key, never one that a newer app has written.

use super::failure::failure;
use crate::error::{Advice, ChatError};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::{fmt::Write as _, path::Path, sync::Once, time::Duration};

/// The schema's steps, oldest first; a store counts in `user_version` how many it has taken.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];
/// How long to wait for the other process.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// With a key that is random by itself, the salt adds nothing, so one for all will do. It has to be
/// given because it cannot be in the file: the file's header is left readable.
const SALT: &[u8; 16] = b"chat-client-salt";
/// SQLite's own header, which says nothing of the content. iOS ends an app that is suspended with a
/// lock on a file in a shared folder, unless this header shows a database in WAL mode.
const READABLE_HEADER: u32 = 32;

/// The key of a store: 32 random bytes, which the app keeps in the Keychain or Keystore.
#[derive(Clone)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// The key of these bytes.
    ///
    /// # Errors
    /// `store_key` unless there are exactly 32, not all of them zero.
    pub fn new(bytes: &[u8]) -> Result<Self, ChatError> {
        match bytes.try_into() {
            Ok(key) if key != [0; 32] => Ok(Self(key)),
            _ => Err(wrong_key("a store's key is 32 random bytes")),
        }
    }

    fn pragma(&self) -> String {
        hex(self.0.iter().chain(SALT))
    }
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("StoreKey")
    }
}

fn hex<'a>(bytes: impl Iterator<Item = &'a u8>) -> String {
    let mut text = "x'".to_owned();
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text + "'"
}

fn wrong_key(detail: &str) -> ChatError {
    ChatError::new("store_key", detail, Advice::Report)
}

/// Whether a store may be made where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Create,
    Refuse,
}

/// A connection, after the process's cryptography was set up. SQLite holds itself ready as soon as it can
/// open files; SQLCipher sets its cryptography up only after that, outside of every lock: whoever opened a
/// store in between would be told that it cannot encrypt.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    static CRYPTOGRAPHY: Once = Once::new();
    // What fails here fails below too, and is told there.
    CRYPTOGRAPHY.call_once(|| drop(Connection::open_in_memory()));
    Connection::open_with_flags(path, flags)
}

pub(super) fn open(path: &Path, key: &StoreKey, missing: Missing) -> Result<Connection, ChatError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if missing == Missing::Create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = connect(path, flags).map_err(|error| failure(&error))?;
    unlock(&connection, key)?;
    prepare(connection)
}

fn unlock(connection: &Connection, key: &StoreKey) -> Result<(), ChatError> {
    let set = |name: &str, value: &dyn rusqlite::ToSql| {
        connection.pragma_update(None, name, value).map_err(|error| failure(&error))
    };
    // It would say on the standard error that a key is wrong.
    set("cipher_log_level", &"NONE")?;
    set("key", &key.pragma())?;
    set("cipher_plaintext_header_size", &READABLE_HEADER)?;
    let version = connection
        .query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0))
        .unwrap_or_default();
    if version.is_empty() {
        return Err(wrong_key("this build cannot encrypt"));
    }
    match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
        Ok(()) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(wrong_key("the key does not open this store"))
        }
        Err(error) => Err(failure(&error)),
    }
}

/// Sets a connection up, and brings the schema up to date.
pub(super) fn prepare(mut connection: Connection) -> Result<Connection, ChatError> {
    setup(&connection).map_err(|error| failure(&error))?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn setup(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(LOCK_TIMEOUT)?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // What was accepted outlives a battery that falls out.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.query_row("PRAGMA secure_delete = ON", [], |_| Ok(()))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), ChatError> {
    let run = |connection: &mut Connection| {
        // The other process may be doing the same.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version(&transaction)?;
        for migration in MIGRATIONS.iter().skip(version) {
            transaction.execute_batch(migration)?;
        }
        if version < MIGRATIONS.len() {
            transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
        }
        transaction.commit()
    };
    match version(connection).map_err(|error| failure(&error))? {
        version if version > MIGRATIONS.len() => {
            let detail = "a newer version of the app has written this store";
            Err(ChatError::new("store_newer", detail, Advice::UpdateApp))
        }
        version if version == MIGRATIONS.len() => Ok(()),
        _ => run(connection).map_err(|error| failure(&error)),
    }
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}
