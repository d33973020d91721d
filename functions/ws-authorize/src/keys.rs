//! The user pool's public keys, fetched when a token names one that is not known.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat::{
    clock,
    error::{Cause, Error},
    http::Http,
};
use ring::signature::RsaPublicKeyComponents;
use serde::Deserialize;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long the pool may take to answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// Tokens with invented key ids must not become requests to the pool.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(10);
/// For how long keys are taken for the pool's: one that the pool has withdrawn is good for no longer.
const LONGEST_INTERVAL: Duration = Duration::from_hours(12);

/// The keys that an issuer publishes.
pub struct Keys {
    url: String,
    known: Mutex<Known>,
}

/// An RSA public key: modulus and exponent.
pub(crate) type Key = RsaPublicKeyComponents<Vec<u8>>;

/// A key set (RFC 7517, section 5).
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<JsonKey>,
}

/// A key as it is published (RFC 7517, section 4; RFC 7518, section 6.3).
#[derive(Deserialize)]
struct JsonKey {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl JsonKey {
    /// The key and its id, if tokens may be signed with it by RS256.
    fn usable(self) -> Option<(String, Key)> {
        let is_for_us = self.kty == "RSA"
            && self.alg.is_none_or(|alg| alg == "RS256")
            && self.purpose.is_none_or(|purpose| purpose == "sig");
        let decode = |text: Option<String>| BASE64.decode(text?).ok();
        let key = Key { n: decode(self.n)?, e: decode(self.e)? };
        is_for_us.then_some((self.kid?, key))
    }
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Key>,
    /// When they were fetched.
    since: Option<Instant>,
    /// When they were last asked for, whatever came of it.
    asked_at: Option<Instant>,
}

impl Keys {
    /// The keys of this issuer.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        let url = format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
        Self { url, known: Mutex::default() }
    }

    /// The key of that id, if the issuer has it. Keys are fetched anew when one is not known and when
    /// they are old.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the issuer does not answer: then nothing is known of the key, which is
    /// no reason to call a token wrong.
    pub(crate) async fn get(&self, http: &Http, kid: &str) -> Result<Option<Key>, Error> {
        let within = |at: Option<Instant>, limit| at.is_some_and(|at| at.elapsed() < limit);
        let mut known = self.known.lock().await;
        let is_fresh = within(known.since, LONGEST_INTERVAL);
        if is_fresh && let Some(key) = known.keys.get(kid) {
            return Ok(Some(key.clone()));
        }
        // Fetched a moment ago without this key among them: there is none. Asked a moment ago in vain:
        // not now.
        if within(known.asked_at, SHORTEST_INTERVAL) {
            let is_answered = is_fresh && known.since >= known.asked_at;
            let not_now = || Error::Unavailable(Cause::new("the user pool's keys were not had"));
            return if is_answered { Ok(None) } else { Err(not_now()) };
        }
        let asked_at = clock::instant();
        let fetched = self.fetch(http).await;
        // Without any key nobody can be let in: the next one tries again at once.
        known.asked_at = (fetched.is_ok() || is_fresh).then_some(asked_at);
        known.keys = fetched.map_err(Error::Unavailable)?;
        known.since = Some(asked_at);
        Ok(known.keys.get(kid).cloned())
    }

    async fn fetch(&self, http: &Http) -> Result<HashMap<String, Key>, Cause> {
        let unreachable = |_| Cause::new("the user pool's keys cannot be fetched");
        let request = http.client()?.get(&self.url).timeout(REQUEST_TIMEOUT).build();
        let answer = http.execute(request.map_err(unreachable)?).await.map_err(unreachable)?;
        let published: KeySet =
            answer.error_for_status().map_err(unreachable)?.json().await.map_err(unreachable)?;
        let keys: HashMap<_, _> = published.keys.into_iter().filter_map(JsonKey::usable).collect();
        if keys.is_empty() { Err(Cause::new("the user pool publishes no keys")) } else { Ok(keys) }
    }
}
