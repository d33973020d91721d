//! Tokens in the shape that Cognito gives them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chat_local::identity::Identity;
use chat_local::switchable::SwitchableServer;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use time::OffsetDateTime;

use self::place::{Folder, free_addresses, http_client};

/// An identity provider of the test's own.
struct Pool {
    url: String,
    http: reqwest::Client,
    _server: SwitchableServer,
}

impl Pool {
    async fn new() -> Self {
        Self::with_keys_in(&Folder::new()).await
    }

    async fn with_keys_in(folder: &Folder) -> Self {
        let [address] = free_addresses();
        let url = format!("http://{address}");
        let identity = Identity::open(folder.path(), url.clone()).await.unwrap();
        let server = SwitchableServer::new(address, identity.router());
        server.up().await.unwrap();
        Self { url, http: http_client(), _server: server }
    }

    async fn token(&self, request: &Value) -> String {
        let answer = self.ask(request).await;
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, request: &Value) -> reqwest::Response {
        self.http
            .post(format!("{}/token", self.url))
            .body(request.to_string())
            .send()
            .await
            .unwrap()
    }

    async fn keys(&self) -> Vec<Value> {
        let url = format!("{}/.well-known/jwks.json", self.url);
        let set: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
        set["keys"].as_array().unwrap().clone()
    }
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_have_cognitos_claims_and_verify_against_the_published_keys() {
    let pool = Pool::new().await;
    let dentist =
        json!({"sub": "dentist-3", "email": "dentist3@example.test", "groups": ["dentists"]});
    let token = pool.token(&dentist).await;

    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::RS256, None));
    let keys = pool.keys().await;
    assert_eq!(keys.len(), 2);
    let key = keys.iter().find(|key| key["kid"].as_str() == header.kid.as_deref()).unwrap();
    let key =
        DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap())
            .unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["chat-local"]);
    validation.set_issuer(&[&pool.url]);
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap().claims;

    assert_eq!(claims["token_use"], "id");
    assert_eq!(claims["sub"], "dentist-3");
    assert_eq!(claims["cognito:username"], "dentist-3");
    assert_eq!(claims["email"], "dentist3@example.test");
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["cognito:groups"], json!(["dentists"]));
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let issued = claims["iat"].as_i64().unwrap();
    assert!((now - 5..=now).contains(&issued));
    assert_eq!(claims["auth_time"], issued);
    assert_eq!(claims["exp"], issued + 3600);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_has_a_client_id_another_key_and_neither_audience_nor_email() {
    let pool = Pool::new().await;
    let customer = json!({"sub": "customer-1", "email": "customer1@example.test"});
    let mut access = customer.clone();
    access["token_use"] = json!("access");
    let (id_token, access_token) = (pool.token(&customer).await, pool.token(&access).await);
    assert_ne!(
        jsonwebtoken::decode_header(&id_token).unwrap().kid,
        jsonwebtoken::decode_header(&access_token).unwrap().kid
    );
    let claims = claims(&access_token);
    assert_eq!(claims["token_use"], "access");
    assert_eq!(claims["client_id"], "chat-local");
    assert_eq!(claims["username"], "customer-1");
    for absent in ["aud", "email", "email_verified", "cognito:groups", "cognito:username"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_overrides_what_is_usual() {
    let pool = Pool::new().await;
    let request = json!({
        "sub": "customer-1", "email": "a@example.test", "email_verified": null, "groups": [], "expires_in": -60,
        "issuer": "https://elsewhere.test", "audience": "another-client",
        "claims": {"sub": null, "nbf": "soon", "exp": "never"},
    });
    let claims = claims(&pool.token(&request).await);
    assert_eq!(claims["iss"], "https://elsewhere.test");
    assert_eq!(claims["aud"], "another-client");
    assert_eq!((&claims["nbf"], &claims["exp"]), (&json!("soon"), &json!("never")));
    for absent in ["email_verified", "sub", "cognito:groups"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    let expired = pool.token(&json!({"sub": "customer-1", "expires_in": -60})).await;
    let expired = self::claims(&expired);
    assert_eq!(expired["exp"].as_i64().unwrap(), expired["iat"].as_i64().unwrap() - 60);
    assert!(expired.get("email").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_an_unknown_or_wrong_field_is_refused() {
    let pool = Pool::new().await;
    for request in [
        json!({"sub": "a", "expires": 5}),
        json!({"email": "a@example.test"}),
        json!({"sub": "a", "token_use": "refresh"}),
        json!({"sub": "a", "groups": "dentists"}),
        json!([]),
    ] {
        assert_eq!(pool.ask(&request).await.status(), 400, "{request}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_survive_a_restart() {
    let folder = Folder::new();
    let before = Pool::with_keys_in(&folder).await.keys().await;
    assert_eq!(Pool::with_keys_in(&folder).await.keys().await, before);
}
