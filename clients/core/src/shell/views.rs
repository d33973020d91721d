//! Views, read beside the driver.

use super::Config;
use crate::{error::ChatError, store::Store};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A connection for reading, opened when it is first needed.
pub(super) struct Views {
    config: Config,
    store: Mutex<Option<Store>>,
}

impl Views {
    pub const fn new(config: Config) -> Self {
        Self { config, store: Mutex::new(None) }
    }

    /// Keeps readers out.
    pub fn lock(&self) -> MutexGuard<'_, Option<Store>> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads.
    ///
    /// # Errors
    /// As the reading, or as [`Store::open_beside`].
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, ChatError>,
    ) -> Result<T, ChatError> {
        let mut store = self.lock();
        let store = match &mut *store {
            Some(store) => store,
            None => store.insert(Store::open_beside(&self.config.store, &self.config.key)?),
        };
        read(store)
    }
}
