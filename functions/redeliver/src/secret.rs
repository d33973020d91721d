//! The provider's API key: from Secrets Manager, or on one's own machine from the environment.

use chat::{
    config::{API_KEY_KEYS, ApiKey, Secret},
    error::Cause,
    http::Http,
    signed::Service,
};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// How long Secrets Manager may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// The key, fetched when first needed and kept until the provider refuses it.
pub(crate) struct Key {
    source: ApiKey,
    secrets: Service,
    known: Mutex<Option<Secret>>,
}

impl Key {
    pub(crate) fn new(source: ApiKey, http: Http) -> Self {
        let secrets = Service::new(
            "secretsmanager",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            REQUEST_TIMEOUT,
            http,
        );
        Self { source, secrets, known: Mutex::new(None) }
    }

    /// The key as last known.
    pub(crate) async fn get(&self, now: SystemTime) -> Result<Secret, Cause> {
        let arn = match &self.source {
            ApiKey::Given(key) => return Ok(key.clone()),
            ApiKey::InSecretsManager(arn) => arn,
        };
        let mut known = self.known.lock().await;
        if let Some(key) = known.as_ref() {
            return Ok(key.clone());
        }
        let key = self.fetch(arn, now).await?;
        *known = Some(key.clone());
        Ok(key)
    }

    /// The provider refused this key: it may have been rotated. Tells whether there may be another.
    pub(crate) async fn forget(&self, refused: &Secret) -> bool {
        let mut known = self.known.lock().await;
        // Another push may have fetched the new one already.
        if known.as_ref().is_some_and(|key| key.expose() == refused.expose()) {
            known.take();
        }
        matches!(self.source, ApiKey::InSecretsManager(_))
    }

    async fn fetch(&self, arn: &str, now: SystemTime) -> Result<Secret, Cause> {
        let unreadable = || Cause::new("the push provider's API key cannot be read");
        let headers = [("x-amz-target", "secretsmanager.GetSecretValue")];
        let body = json!({"SecretId": arn}).to_string();
        let answer = self.secrets.post("/", &headers, body, now).await?;
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            return Err(Cause::new(format!("Secrets Manager answered {status}")));
        }
        let answer: Value = answer.json().await.map_err(|_| unreadable())?;
        let key = answer.get("SecretString").and_then(Value::as_str).ok_or_else(unreadable)?;
        Secret::from_stored(key, &API_KEY_KEYS)
            .map_err(|cause| Cause::new(format!("the push provider's API key {cause}")))
    }
}
