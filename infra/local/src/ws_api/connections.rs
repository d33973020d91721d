//! The open connections, by id.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::connection::Connection;

/// All connections whose handshake has been answered.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: RwLock<HashMap<String, Arc<Connection>>>,
}

impl Connections {
    pub(super) fn insert(&self, connection: &Arc<Connection>) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.insert(connection.id.clone(), connection.clone());
    }

    pub(super) fn remove(&self, id: &str) {
        self.open.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Connection>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}
