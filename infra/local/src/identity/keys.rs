//! The pool's RSA keys: kept in the stack's folder, so that tokens survive a restart.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chat_endpoints::write_private_file;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::traits::PublicKeyParts;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

const BITS: usize = 2048;

/// A private key, ready to sign, and its public half as a JSON Web Key.
pub struct KeyPair {
    id: String,
    signing: EncodingKey,
    public: Value,
}

/// The key in the file; a new one, written there, when there is none.
pub async fn load_or_generate(file: PathBuf) -> Result<KeyPair, Failure> {
    let problem = format!("cannot use the key {}", file.display());
    let failed = problem.clone();
    tokio::task::spawn_blocking(move || {
        let pem = match fs::read_to_string(&file) {
            Ok(pem) => pem,
            Err(_) => generate(&file).map_err(Failure::of(&problem))?,
        };
        KeyPair::from_pem(&pem).map_err(Failure::of(problem))
    })
    .await
    .map_err(Failure::of(failed))?
}

impl KeyPair {
    /// A signed RS256 token with these claims.
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<String, Failure> {
        let mut header = Header::new(Algorithm::RS256);
        // Cognito's headers hold kid and alg only.
        header.typ = None;
        header.kid = Some(self.id.clone());
        encode(&header, claims, &self.signing).map_err(Failure::of("cannot sign"))
    }

    /// The JSON Web Key for verifiers.
    pub fn public_key(&self) -> &Value {
        &self.public
    }

    fn from_pem(pem: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem)?;
        let modulus = key.n().to_bytes_be();
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(&modulus));
        let public = json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
            "n": URL_SAFE_NO_PAD.encode(&modulus),
            "e": URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
        });
        Ok(Self { id, signing: EncodingKey::from_rsa_pem(pem.as_bytes())?, public })
    }
}

fn generate(file: &Path) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, BITS)?;
    let pem = key.to_pkcs8_pem(LineEnding::LF)?;
    write_private_file(file, pem.as_bytes())?;
    Ok(pem.to_string())
}
