//! Tokens that the pool never signed, and some that it would never have.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat_e2e::{Person, Stack};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use rsa::{
    RsaPrivateKey,
    pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
    traits::PublicKeyParts as _,
};
use serde_json::{Value, json};
use std::{fs, sync::LazyLock};

/// A key that is not the pool's.
static FOREIGN: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap());

/// A good token, taken apart.
pub struct Token {
    pub header: Value,
    pub claims: Value,
}

impl Token {
    pub fn of(person: &Person) -> Self {
        let parts: Vec<_> = person.token.split('.').collect();
        let read = |part: &str| serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap();
        Self { header: read(parts[0]), claims: read(parts[1]) }
    }

    fn with_header(&self, name: &str, value: impl Into<Value>) -> Self {
        let mut header = self.header.clone();
        header[name] = value.into();
        Self { header, claims: self.claims.clone() }
    }

    fn unsigned(&self) -> String {
        format!(
            "{}.{}",
            BASE64.encode(self.header.to_string()),
            BASE64.encode(self.claims.to_string())
        )
    }

    fn signed(&self, key: &EncodingKey, algorithm: Algorithm) -> String {
        let unsigned = self.unsigned();
        format!("{unsigned}.{}", crypto::sign(unsigned.as_bytes(), key, algorithm).unwrap())
    }

    fn signed_by_someone_else(&self) -> String {
        let pem = FOREIGN.to_pkcs8_pem(LineEnding::LF).unwrap();
        self.signed(&EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(), Algorithm::RS256)
    }

    fn signed_by_the_pool(&self, stack: &Stack) -> String {
        let pem = fs::read(stack.endpoints().folder().join("id-token-key.pem")).unwrap();
        self.signed(&EncodingKey::from_rsa_pem(&pem).unwrap(), Algorithm::RS256)
    }
}

/// Signed by the pool's key as it would sign it: shows that the forgeries fail for their own reason.
pub fn control(stack: &Stack, person: &Person) -> String {
    Token::of(person).signed_by_the_pool(stack)
}

/// Forgeries and what is wrong with them.
pub async fn forgeries(stack: &Stack, person: &Person) -> Vec<(&'static str, String)> {
    let good = Token::of(person);
    let keys = stack.key_set().await;
    let other_kid =
        keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] != good.header["kid"]);
    let mut without_kid = Token::of(person);
    without_kid.header.as_object_mut().unwrap().remove("kid");
    let mut altered = Token::of(person);
    altered.claims["sub"] = json!("someone-else");
    let signature = person.token.rsplit('.').next().unwrap();

    let mut tokens = vec![
        ("alg none", format!("{}.", good.with_header("alg", "none").unsigned())),
        ("alg None", format!("{}.{signature}", good.with_header("alg", "None").unsigned())),
        ("no signature", format!("{}.", good.unsigned())),
        ("signed by another key", good.signed_by_someone_else()),
        ("no kid", without_kid.signed_by_the_pool(stack)),
        (
            "the kid of another of the pool's keys",
            good.with_header("kid", other_kid.unwrap()["kid"].clone()).signed_by_the_pool(stack),
        ),
        ("altered payload", format!("{}.{signature}", altered.unsigned())),
    ];
    for kid in ["unknown", "../../../../dev/null", "' OR 1=1 --", "", "http://127.0.0.1:1/"] {
        tokens.push(("a kid that is none", good.with_header("kid", kid).signed_by_the_pool(stack)));
    }
    tokens.extend(symmetric(&good, &keys));
    tokens.extend(with_their_own_key(&good));
    tokens.push(("a crit that nobody knows", {
        let mut critical = good.with_header("crit", json!(["exp2"]));
        critical.header["exp2"] = json!(1);
        critical.signed_by_the_pool(stack)
    }));
    tokens
}

/// HS256, with what everybody knows for a secret.
fn symmetric(good: &Token, keys: &Value) -> Vec<(&'static str, String)> {
    let modulus = BASE64.decode(keys["keys"][0]["n"].as_str().unwrap()).unwrap();
    let public = rsa::RsaPublicKey::new(
        rsa::BigUint::from_bytes_be(&modulus),
        rsa::BigUint::from(65_537_u32),
    );
    let pem = public.unwrap().to_public_key_pem(LineEnding::LF).unwrap();
    let token = good.with_header("alg", "HS256");
    [pem.as_bytes(), pem.trim_end().as_bytes(), &modulus, b""]
        .map(|secret| {
            (
                "HS256 by a public key",
                token.signed(&EncodingKey::from_secret(secret), Algorithm::HS256),
            )
        })
        .into()
}

/// The signer's own key, offered with the token.
fn with_their_own_key(good: &Token) -> Vec<(&'static str, String)> {
    let key = json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": good.header["kid"],
        "n": BASE64.encode(FOREIGN.n().to_bytes_be()), "e": BASE64.encode(FOREIGN.e().to_bytes_be()),
    });
    let elsewhere = "http://127.0.0.1:9/keys";
    vec![
        ("an embedded jwk", good.with_header("jwk", key).signed_by_someone_else()),
        ("a jku", good.with_header("jku", elsewhere).signed_by_someone_else()),
        ("an x5u", good.with_header("x5u", elsewhere).signed_by_someone_else()),
    ]
}
