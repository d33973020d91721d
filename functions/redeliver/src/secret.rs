//! The provider's API key: from Secrets Manager, or on one's own machine from the environment.

use chat::{
    config::{API_KEY_KEYS, ApiKey, Secret},
    error::Cause,
    http::Http,
    secrets::StoredSecret,
};
use std::time::SystemTime;

/// Where the key is.
pub(crate) enum Key {
    Given(Secret),
    Stored(StoredSecret),
}

/// The key as last known.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) key: Secret,
    stored: Secret,
}

impl Key {
    pub(crate) fn new(source: ApiKey, http: Http) -> Self {
        match source {
            ApiKey::Given(key) => Self::Given(key),
            ApiKey::InSecretsManager(arn) => Self::Stored(StoredSecret::new(arn, http)),
        }
    }

    /// The key, read when first needed and kept until the provider refuses it.
    pub(crate) async fn get(&self, now: SystemTime) -> Result<Known, Cause> {
        match self {
            Self::Given(key) => Ok(Known { key: key.clone(), stored: key.clone() }),
            Self::Stored(secret) => {
                let stored = secret.get(now).await?;
                let problem = |cause| Cause::new(format!("the push provider's API key {cause}"));
                let key = Secret::from_stored(stored.expose(), &API_KEY_KEYS).map_err(problem)?;
                Ok(Known { key, stored })
            }
        }
    }

    /// The provider refused this key: it may have been rotated. Tells whether there may be another.
    pub(crate) async fn refused(&self, known: &Known) -> bool {
        match self {
            Self::Given(_) => false,
            Self::Stored(secret) => secret.refused(&known.stored).await,
        }
    }
}
