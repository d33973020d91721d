//! The HTTP API's authorizer lets good tokens pass and no other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;

use fixture::http::request;
use fixture::http_gateway::Gateway;
use fixture::issuer::{header, now, public_key, signed, signed_by_another_key, with_signature};
use ring::hmac;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_token_is_refused() {
    let gateway = Gateway::start().await;
    let good = gateway.issuer.claims();
    let claims = |name: &str, value: Value| {
        let mut claims = good.clone();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        claims
    };
    let with_header = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        signed(&header, &good)
    };
    let hmac = |message: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &public_key());
        hmac::sign(&key, message).as_ref().to_vec()
    };
    let token = gateway.issuer.token();
    let altered = format!("{}x{}", &token[..60], &token[61..]);
    let bad = [
        ("empty", String::new()),
        ("malformed", "a.b.c".to_owned()),
        ("two parts", token.rsplit_once('.').unwrap().0.to_owned()),
        ("four parts", format!("{token}.x")),
        ("altered payload", altered),
        ("expired", signed(&header(), &claims("exp", json!(now() - 1)))),
        ("exp missing", signed(&header(), &claims("exp", Value::Null))),
        ("exp a string", signed(&header(), &claims("exp", json!((now() + 600).to_string())))),
        ("nbf in the future", signed(&header(), &claims("nbf", json!(now() + 60)))),
        ("nbf a string", signed(&header(), &claims("nbf", json!("1")))),
        ("iat a string", signed(&header(), &claims("iat", json!("1")))),
        ("wrong issuer", signed(&header(), &claims("iss", json!("https://other.example")))),
        ("wrong audience", signed(&header(), &claims("aud", json!("other")))),
        ("no audience", signed(&header(), &claims("aud", Value::Null))),
        (
            "alg none",
            with_signature(&json!({"alg": "none", "kid": "known"}), &good, |_| Vec::new()),
        ),
        (
            "alg None",
            with_signature(&json!({"alg": "None", "kid": "known"}), &good, |_| Vec::new()),
        ),
        (
            "HS256 with the public key",
            with_signature(&json!({"alg": "HS256", "kid": "known"}), &good, hmac),
        ),
        ("alg missing", signed(&json!({"kid": "known"}), &good)),
        ("kid missing", signed(&json!({"alg": "RS256"}), &good)),
        ("kid unknown", with_header("kid", json!("other"))),
        ("kid a path", with_header("kid", json!("../../../../dev/null"))),
        ("kid SQL", with_header("kid", json!("x' OR '1'='1"))),
        ("kid a number", with_header("kid", json!(1))),
        ("jku", with_header("jku", json!("https://other.example/jwks.json"))),
        ("x5u", with_header("x5u", json!("https://other.example/x.pem"))),
        ("jwk", with_header("jwk", fixture::issuer::jwk("known"))),
        ("crit", with_header("crit", json!(["other"]))),
        ("another key", signed_by_another_key(&header(), &good)),
    ];
    for (what, token) in bad {
        let answer = gateway.with_token(&token).await;
        assert_eq!(
            (answer.status, answer.json()),
            (401, json!({"message": "Unauthorized"})),
            "{what}"
        );
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{what}");
    }
    let answer = request(gateway.address, "POST /things/7", &[], b"").await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(gateway.with_token(&token).await.status, 200);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_audience_passes_by_its_client_id() {
    let gateway = Gateway::start().await;
    let mut claims = gateway.issuer.claims();
    claims.as_object_mut().unwrap().remove("aud");
    claims["client_id"] = json!("client");
    assert_eq!(gateway.with_token(&signed(&header(), &claims)).await.status, 200);
    gateway.lambda.stop().await;
}
