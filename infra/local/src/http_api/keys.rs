//! The identity provider's public keys, fetched when they are needed and remembered by `kid`.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::http::Uri;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use tokio::sync::Mutex;

/// Unknown key ids cause no more than one request to the provider in this time.
const REFETCH_PAUSE: Duration = Duration::from_secs(2);
const FETCH_LIMIT: Duration = Duration::from_secs(3);
const DOCUMENT_LIMIT: usize = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Keys {
    url: String,
    client: Client<HttpConnector, Empty<Bytes>>,
    known: RwLock<HashMap<String, Key>>,
    /// When the document was last asked for; held while it is.
    fetched: Mutex<Option<Instant>>,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<DocumentKey>,
}

#[derive(Deserialize)]
struct DocumentKey {
    kid: String,
    kty: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

impl Key {
    /// Whether `signature` is this key's RS256 signature of `message`.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }
}

impl Keys {
    /// The keys of an issuer whose `jwks.json` is at an `http` address.
    pub(super) fn of_issuer(issuer: &str) -> Self {
        Self {
            url: format!("{issuer}/.well-known/jwks.json"),
            client: Client::builder(TokioExecutor::new()).build(HttpConnector::new()),
            known: RwLock::default(),
            fetched: Mutex::default(),
        }
    }

    /// The key of that id, or `None` if the issuer has no such key.
    ///
    /// # Errors
    /// The document cannot be fetched.
    pub(super) async fn get(&self, kid: &str) -> Result<Option<Key>, String> {
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        let mut fetched = self.fetched.lock().await;
        // Whoever held the lock before may have brought the key.
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        if fetched.is_some_and(|at| at.elapsed() < REFETCH_PAUSE) {
            return Ok(None);
        }
        let keys = self.fetch().await?;
        *fetched = Some(Instant::now());
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(self.known(kid))
    }

    fn known(&self, kid: &str) -> Option<Key> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }

    async fn fetch(&self) -> Result<HashMap<String, Key>, String> {
        let uri: Uri = self.url.parse().map_err(|_| format!("{} is not an address", self.url))?;
        let request = async {
            let response = self.client.get(uri).await.map_err(|error| error.to_string())?;
            if response.status() != 200 {
                return Err(format!("status {}", response.status()));
            }
            let body = Limited::new(response.into_body(), DOCUMENT_LIMIT).collect().await;
            body.map(http_body_util::Collected::to_bytes).map_err(|error| error.to_string())
        };
        let body =
            tokio::time::timeout(FETCH_LIMIT, request).await.map_err(|_| "no answer".to_owned());
        let body = body.flatten().map_err(|error| format!("{}: {error}", self.url))?;
        let document: Document =
            serde_json::from_slice(&body).map_err(|error| format!("{}: {error}", self.url))?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let rsa = document.keys.into_iter().filter(|key| key.kty == "RSA");
        Ok(rsa
            .filter_map(|key| {
                Some((key.kid, Key { modulus: decode(&key.n)?, exponent: decode(&key.e)? }))
            })
            .collect())
    }
}
