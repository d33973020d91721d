//! The user pool's public keys, fetched when a token names one that is not known.

use chat::{
    error::{Cause, Error},
    tls,
};
use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use std::{collections::HashMap, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// How long the pool may take to answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// Tokens with invented key ids must not become requests to the pool.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(10);

/// The keys that an issuer publishes.
pub struct Keys {
    url: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, DecodingKey>,
    fetched_at: Option<Instant>,
}

impl Keys {
    /// The keys of this issuer.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        let url = format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
        Self { url, known: Mutex::default() }
    }

    /// The key of that id, if the issuer has it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the issuer does not answer.
    pub async fn get(&self, kid: &str) -> Result<Option<DecodingKey>, Error> {
        let mut known = self.known.lock().await;
        if let Some(key) = known.keys.get(kid) {
            return Ok(Some(key.clone()));
        }
        let is_recent = |at: Instant| at.elapsed() < SHORTEST_INTERVAL;
        if !known.fetched_at.is_some_and(is_recent) {
            known.fetched_at = Some(Instant::now());
            let fetched = self.fetch().await;
            if known.keys.is_empty() && fetched.is_err() {
                // Without any key nobody can be let in: the next one tries again.
                known.fetched_at = None;
            }
            known.keys = fetched.map_err(Error::Unavailable)?;
        }
        Ok(known.keys.get(kid).cloned())
    }

    async fn fetch(&self) -> Result<HashMap<String, DecodingKey>, Cause> {
        let unreachable = |_| Cause::new("the user pool's keys cannot be fetched");
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config())
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(unreachable)?;
        let answer = client.get(&self.url).send().await.map_err(unreachable)?;
        let published: JwkSet =
            answer.error_for_status().map_err(unreachable)?.json().await.map_err(unreachable)?;
        let usable = published.keys.iter().filter_map(|jwk| {
            let key = DecodingKey::from_jwk(jwk).ok()?;
            Some((jwk.common.key_id.clone()?, key))
        });
        let keys: HashMap<_, _> = usable.collect();
        if keys.is_empty() { Err(Cause::new("the user pool publishes no keys")) } else { Ok(keys) }
    }
}
