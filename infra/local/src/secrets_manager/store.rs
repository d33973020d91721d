//! The secrets, with the version before the current one.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::aws_names::arn;

/// What Secrets Manager adds to a name for the ARN: a hyphen and six characters.
const SUFFIX: &str = "-Local0";

/// The ARN of the secret with that name.
#[must_use]
pub fn secret_arn(name: &str) -> String {
    arn("secretsmanager", &format!("secret:{name}{SUFFIX}"))
}

/// All secrets by name.
#[derive(Debug, Default)]
pub struct Secrets {
    all: Mutex<BTreeMap<String, Secret>>,
    /// The customer's own KMS key that they are encrypted with; none: the service's.
    key: Option<String>,
}

/// One secret: the current version, and the one before.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) current: Version,
    pub(super) previous: Option<Version>,
}

/// One value that a secret has or had.
#[derive(Clone)]
pub(super) struct Version {
    pub(super) id: String,
    pub(super) value: String,
    pub(super) created_at: OffsetDateTime,
}

impl std::fmt::Debug for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Version").field(&self.id).finish()
    }
}

impl Secret {
    pub(super) fn arn(&self) -> String {
        secret_arn(&self.name)
    }
}

impl Secrets {
    /// These secrets: name and value.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let new = |(name, value): (&str, String)| {
            let name = name.to_owned();
            (name.clone(), Secret { name, current: Version::new(value), previous: None })
        };
        Self { all: Mutex::new(secrets.into_iter().map(new).collect()), key: None }
    }

    /// The same, encrypted with the KMS key of that ARN, which whoever reads them must be allowed to use.
    #[must_use]
    pub fn under(mut self, key: String) -> Self {
        self.key = Some(key);
        self
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Gives a secret a new value; false if there is no secret of that name or ARN.
    #[must_use]
    pub fn rotate(&self, id: &str, value: String) -> bool {
        let Some(Secret { name, .. }) = self.find(id) else { return false };
        match self.lock().get_mut(&name) {
            Some(secret) => {
                secret.previous = Some(std::mem::replace(&mut secret.current, Version::new(value)));
                true
            }
            None => false,
        }
    }

    /// The secret of that name, ARN, or ARN without its last seven characters.
    pub(super) fn find(&self, id: &str) -> Option<Secret> {
        let secrets = self.lock();
        let by_arn = |secret: &&Secret| {
            let arn = secret.arn();
            arn == id || arn.strip_suffix(SUFFIX) == Some(id)
        };
        secrets.get(id).or_else(|| secrets.values().find(by_arn)).cloned()
    }

    pub(super) fn all(&self) -> Vec<Secret> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Secret>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Version {
    fn new(value: String) -> Self {
        Self { id: Uuid::new_v4().to_string(), value, created_at: OffsetDateTime::now_utc() }
    }
}
