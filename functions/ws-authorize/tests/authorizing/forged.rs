//! Tokens that the pool did not sign.

use crate::{UNAUTHORIZED, ask, parts, seconds_from_now, token};
use axum::{Json, Router, routing::get};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat_testing::{Proxy, SocketEvent, with_chat};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::{
    RsaPrivateKey,
    pkcs8::{EncodePrivateKey as _, LineEnding},
    rand_core::OsRng,
    traits::PublicKeyParts as _,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The token with another header and other claims, and its signature as it was.
fn forged(token: &str, header: &Value, claims: &Value) -> String {
    let signature = token.rsplit('.').next().unwrap_or_default();
    let [header, claims] = [header, claims].map(|part| BASE64.encode(part.to_string()));
    format!("{header}.{claims}.{signature}")
}

#[test]
fn what_is_no_token_is_refused() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let good = token(chat, &customer, &[]).await;
        let (header, rest) = good.split_once('.').unwrap();
        let (claims, signature) = rest.split_once('.').unwrap();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        for text in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            "not-a-token".to_owned(),
            header.to_owned(),
            format!("{header}.{claims}"),
            format!("{header}.{claims}."),
            format!("{header}..{signature}"),
            format!(".{claims}.{signature}"),
            format!("{good}.{signature}"),
            format!("{header}.{claims}.{flipped}{}", &signature[1..]),
            format!("{header}.{claims}.{signature}="),
            format!("{good} {good}"),
            format!("{{\"payload\":\"{claims}\",\"signature\":\"{signature}\"}}"),
            "x".repeat(100_000),
            format!("{header}.{}.{signature}", "A".repeat(100_000)),
        ] {
            let answer = ask(chat, &text).await;
            assert_eq!(answer, Err(UNAUTHORIZED.to_owned()), "{}", &text[..text.len().min(100)]);
        }
        assert!(ask(chat, &good).await.is_ok());
    });
}

#[test]
fn an_altered_payload_is_refused() {
    with_chat(async |chat| {
        let (customer, other) = (chat.customer().await, chat.customer().await);
        let token = token(chat, &customer, &[]).await;
        let (header, claims) = parts(&token);
        for (name, value) in [
            ("sub", json!(other.subject)),
            ("exp", json!(seconds_from_now(86_400))),
            ("cognito:groups", json!(["dentists"])),
        ] {
            let mut claims = claims.clone();
            claims[name] = value;
            let answer = ask(chat, &forged(&token, &header, &claims)).await;
            assert_eq!(answer, Err(UNAUTHORIZED.to_owned()), "{name}");
        }
    });
}

#[test]
fn headers_that_the_pool_does_not_write_are_refused() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let token = token(chat, &customer, &[]).await;
        let (header, claims) = parts(&token);
        let url = format!("{}/.well-known/jwks.json", chat.endpoints.identity);
        let key = chat.identity.key_set().await["keys"][0].clone();
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("None")),
            ("alg", json!("HS256")),
            ("alg", json!("RS512")),
            ("alg", json!("PS256")),
            ("alg", json!(null)),
            ("kid", json!("unknown")),
            ("kid", json!("../../../../dev/null")),
            ("kid", json!("x' UNION SELECT 'key")),
            ("kid", json!(null)),
            ("kid", json!("")),
            ("kid", json!([header["kid"]])),
            ("jku", json!(url)),
            ("x5u", json!(url)),
            ("jwk", key),
            ("x5c", json!(["MIIB"])),
            ("crit", json!(["exp"])),
            ("b64", json!(false)),
        ] {
            let mut header = header.clone();
            header[name] = value;
            for token in [forged(&token, &header, &claims), unsigned(&header, &claims)] {
                let answer = ask(chat, &token).await;
                assert_eq!(answer, Err(UNAUTHORIZED.to_owned()), "{header}");
            }
        }
        let mut without = header.clone();
        without.as_object_mut().unwrap().remove("kid");
        let answer = ask(chat, &forged(&token, &without, &claims)).await;
        assert_eq!(answer, Err(UNAUTHORIZED.to_owned()));
    });
}

fn unsigned(header: &Value, claims: &Value) -> String {
    forged("..", header, claims)
}

#[test]
fn a_token_that_someone_else_signed_is_refused() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let (header, claims) = parts(&token(chat, &customer, &[]).await);
        let kid = header["kid"].as_str().map(str::to_owned);
        let public_key = chat.identity.key_set().await["keys"][0].clone();
        let modulus = public_key["n"].as_str().unwrap();

        let key = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
        let other_key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let mut rs256 = Header::new(Algorithm::RS256);
        rs256.typ = None;
        rs256.kid.clone_from(&kid);
        let signed = encode(&rs256, &claims, &other_key).unwrap();
        assert_eq!(ask(chat, &signed).await, Err(UNAUTHORIZED.to_owned()));

        // The public key is no secret, so it must not serve as one.
        let mut hs256 = Header::new(Algorithm::HS256);
        hs256.kid = kid;
        for secret in [modulus.as_bytes().to_vec(), BASE64.decode(modulus).unwrap()] {
            let signed = encode(&hs256, &claims, &EncodingKey::from_secret(&secret)).unwrap();
            assert_eq!(ask(chat, &signed).await, Err(UNAUTHORIZED.to_owned()));
        }
    });
}

#[test]
fn invented_key_ids_do_not_become_requests_to_the_pool() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let pool = Proxy::to(&chat.endpoints.identity.parse().unwrap()).await;
        let issuer = pool.url().trim_end_matches('/').to_owned();
        let environment = chat.environment_with(&[("IDENTITY_ISSUER", &issuer)]);
        let good = token(chat, &customer, &[("issuer", json!(issuer))]).await;
        let (mut header, claims) = parts(&good);
        for number in 0..20 {
            header["kid"] = json!(format!("invented-{number}"));
            let headers =
                json!({"Authorization": format!("Bearer {}", forged(&good, &header, &claims))});
            let answer = environment.ws_authorize(SocketEvent::authorize(&headers)).await;
            assert_eq!(answer, Err(UNAUTHORIZED.to_owned()));
        }
        let headers = json!({"Authorization": format!("Bearer {good}")});
        assert!(environment.ws_authorize(SocketEvent::authorize(&headers)).await.is_ok());
        assert_eq!(pool.round_trips(), 1);
    });
}

/// A pool of one's own, whose key signs whatever header.
struct Pool {
    issuer: String,
    key: EncodingKey,
}

#[expect(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]
impl Pool {
    async fn start() -> Self {
        let key = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        let number = |number: &rsa::BigUint| BASE64.encode(number.to_bytes_be());
        let public = json!({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "ours",
                                      "n": number(key.n()), "e": number(key.e())}]});
        let keys = Router::new().route("/.well-known/jwks.json", get(async move || Json(public)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, keys).await });
        let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
        Self { issuer, key: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap() }
    }

    fn sign(&self, header: &Value, claims: &Value, algorithm: Algorithm) -> String {
        let [header, claims] = [header, claims].map(|part| BASE64.encode(part.to_string()));
        let message = format!("{header}.{claims}");
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

#[test]
fn a_good_signature_does_not_excuse_a_header_that_the_pool_does_not_write() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let pool = Pool::start().await;
        let environment = chat.environment_with(&[("IDENTITY_ISSUER", &pool.issuer)]);
        let claims = json!({"sub": customer.subject, "iss": pool.issuer, "aud": "chat-local",
                            "token_use": "id", "exp": seconds_from_now(600)});
        let ask = async |header: &Value, algorithm: Algorithm| {
            let token = pool.sign(header, &claims, algorithm);
            let headers = json!({"Authorization": format!("Bearer {token}")});
            environment.ws_authorize(SocketEvent::authorize(&headers)).await
        };
        let good = json!({"alg": "RS256", "kid": "ours"});
        for (name, value) in [
            ("jku", json!("https://example.test/keys")),
            ("x5u", json!("https://example.test/keys")),
            ("x5c", json!(["MIIB"])),
            ("jwk", json!({"kty": "RSA"})),
            ("crit", json!(["exp"])),
            ("b64", json!(false)),
            ("kid", json!("../ours")),
            ("kid", json!(null)),
            ("alg", json!("none")),
        ] {
            let mut header = good.clone();
            header[name] = value;
            let answer = ask(&header, Algorithm::RS256).await;
            assert_eq!(answer, Err(UNAUTHORIZED.to_owned()), "{header}");
        }
        for (name, algorithm) in [("RS384", Algorithm::RS384), ("PS256", Algorithm::PS256)] {
            let header = json!({"alg": name, "kid": "ours"});
            assert_eq!(ask(&header, algorithm).await, Err(UNAUTHORIZED.to_owned()), "{name}");
        }
        assert!(ask(&good, Algorithm::RS256).await.is_ok());
        assert!(
            ask(&json!({"alg": "RS256", "kid": "ours", "typ": "JWT"}), Algorithm::RS256)
                .await
                .is_ok()
        );
    });
}
