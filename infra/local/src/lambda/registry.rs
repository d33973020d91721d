//! Which environments there are.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::environment::Environment;

/// The environments by id.
#[derive(Debug, Default)]
pub(super) struct Registry {
    environments: RwLock<HashMap<u64, Arc<Environment>>>,
}

impl Registry {
    pub(super) fn insert(&self, environment: &Arc<Environment>) {
        let mut environments = self.environments.write().unwrap_or_else(PoisonError::into_inner);
        environments.insert(environment.id, environment.clone());
    }

    pub(super) fn remove(&self, id: u64) {
        self.environments.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    pub(super) fn get(&self, id: u64) -> Option<Arc<Environment>> {
        let environments = self.environments.read().unwrap_or_else(PoisonError::into_inner);
        environments.get(&id).cloned()
    }
}
