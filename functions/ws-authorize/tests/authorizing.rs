//! Whom the authorizer lets in, with tokens of the local stack's identity provider.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat::caller::Role;
use chat_testing::{Chat, Person, Proxy, SocketEvent, with_chat};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const UNAUTHORIZED: &str = "Unauthorized";

async fn ask(chat: &Chat, token: &str) -> Result<Value, String> {
    let headers = json!({"Authorization": format!("Bearer {token}")});
    chat.ws_authorize(SocketEvent::authorize(&headers)).await
}

/// A token for this person, with changes to what is asked of the identity provider.
async fn token(chat: &Chat, person: &Person, changes: &[(&str, Value)]) -> String {
    let mut request = person.token_request();
    for (name, value) in changes {
        request[name] = value.clone();
    }
    chat.identity.token(&request).await
}

fn seconds_from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    i64::try_from(now).unwrap_or(0) + seconds
}

/// A token's header and claims.
fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let bytes = BASE64.decode(part).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// The token with another header and other claims, and its signature as it was.
fn forged(token: &str, header: &Value, claims: &Value) -> String {
    let signature = token.rsplit('.').next().unwrap_or_default();
    let [header, claims] = [header, claims].map(|part| BASE64.encode(part.to_string()));
    format!("{header}.{claims}.{signature}")
}

#[test]
fn a_customer_and_a_dentist_are_let_in_and_named() {
    with_chat(async |chat| {
        for person in [chat.customer().await, chat.dentist().await] {
            let token = token(chat, &person, &[("expires_in", json!(600))]).await;
            let exp = parts(&token).1["exp"].clone();
            let event = SocketEvent::authorize(&json!({"Authorization": format!("Bearer {token}")}));
            let resource = event.0["methodArn"].clone();
            let role = person.role.as_str();
            let expected = json!({
                "principalId": format!("{role}-{}", person.id),
                "policyDocument": {"Version": "2012-10-17", "Statement": [
                    {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": resource},
                ]},
                "context": {"role": role, "id": person.id, "exp": exp},
            });
            assert_eq!(chat.ws_authorize(event).await, Ok(expected));
        }
    });
}

#[test]
fn the_token_comes_in_either_header() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let token = token(chat, &customer, &[]).await;
        for (name, value, is_accepted) in [
            ("Authorization", format!("Bearer {token}"), true),
            ("authorization", format!("bearer {token}"), true),
            ("AUTHORIZATION", format!("BEARER {token}"), true),
            ("Sec-WebSocket-Protocol", format!("chat.v1, {token}"), true),
            ("sec-websocket-protocol", format!("chat.v1,{token}"), true),
            ("Authorization", token.clone(), false),
            ("Authorization", format!("Basic {token}"), false),
            ("Sec-WebSocket-Protocol", token.clone(), false),
            ("Sec-WebSocket-Protocol", format!("{token}, chat.v1"), false),
            ("Sec-WebSocket-Protocol", format!("chat.v2, {token}"), false),
            ("Sec-WebSocket-Protocol", "chat.v1".to_owned(), false),
            ("Cookie", format!("token={token}"), false),
        ] {
            let event = SocketEvent::authorize(&json!({name: value}));
            let answer = chat.ws_authorize(event).await;
            assert_eq!(answer.is_ok(), is_accepted, "{name}: {value}");
            assert!(is_accepted || answer == Err(UNAUTHORIZED.to_owned()));
        }
    });
}

#[test]
fn a_token_in_the_url_is_none() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let token = token(chat, &customer, &[]).await;
        let mut event = SocketEvent::authorize(&json!({}));
        event.0["queryStringParameters"] = json!({"token": token, "authorization": token});
        assert_eq!(chat.ws_authorize(event).await, Err(UNAUTHORIZED.to_owned()));
    });
}

#[test]
fn tokens_that_are_signed_but_not_good_now_and_here_are_refused() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let claim = |name: &str, value: Value| ("claims", json!({name: value}));
        for change in [
            ("expires_in", json!(-1)),
            ("expires_in", json!(0)),
            claim("exp", Value::Null),
            claim("exp", json!(seconds_from_now(600).to_string())),
            claim("exp", json!(true)),
            claim("nbf", json!(seconds_from_now(600))),
            claim("nbf", json!(seconds_from_now(600).to_string())),
            ("issuer", json!("https://another.example.test")),
            claim("iss", Value::Null),
            claim("iss", json!([&chat.endpoints.identity])),
            ("audience", json!("a-third-app")),
            claim("aud", Value::Null),
            claim("aud", json!(["a-third-app"])),
            claim("aud", json!("")),
            ("token_use", json!("access")),
            claim("token_use", json!("access")),
            claim("token_use", Value::Null),
            claim("sub", Value::Null),
            claim("sub", json!("")),
        ] {
            let token = token(chat, &customer, std::slice::from_ref(&change)).await;
            let answer = ask(chat, &token).await;
            assert_eq!(answer, Err(UNAUTHORIZED.to_owned()), "{change:?}");
        }
        for change in [("audience", json!("another-app")), claim("nbf", json!(seconds_from_now(-5)))] {
            let token = token(chat, &customer, std::slice::from_ref(&change)).await;
            assert!(ask(chat, &token).await.is_ok(), "{change:?}");
        }
    });
}

#[test]
fn an_access_token_dressed_up_as_an_id_token_is_refused() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        // Signed with the key that Cognito signs access tokens with, which is in the key set too.
        let claims = json!({"token_use": "access", "aud": "chat-local"});
        let changes = [("token_use", json!("access")), ("claims", claims)];
        let token = token(chat, &customer, &changes).await;
        assert_eq!(ask(chat, &token).await, Err(UNAUTHORIZED.to_owned()));
    });
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

        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
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
fn a_good_token_of_nobody_is_denied() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let dentist = chat.dentist().await;
        let twin = Person { email: dentist.email.clone(), ..Person::unknown(Role::Dentist) };
        let unverified = [("email_verified", json!(false))];
        let tokens = [
            token(chat, &Person::unknown(Role::Customer), &[]).await,
            token(chat, &Person::unknown(Role::Dentist), &[]).await,
            token(chat, &dentist, &unverified).await,
            token(chat, &dentist, &[("email_verified", Value::Null)]).await,
            token(chat, &dentist, &[("email", Value::Null)]).await,
            token(chat, &dentist, &[("groups", json!([]))]).await,
            token(chat, &customer, &[("groups", json!(["dentists"]))]).await,
        ];
        for token in tokens {
            let answer = ask(chat, &token).await.unwrap();
            assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Deny", "{answer}");
            assert_eq!(answer["context"], json!({}));
        }
        chat.people.add(twin).await;
        let answer = ask(chat, &token(chat, &dentist, &[]).await).await.unwrap();
        assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Deny");
    });
}

#[test]
fn without_jarvis_or_the_pools_keys_nobody_is_let_in_and_nobody_is_called_unauthorized() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let token = token(chat, &customer, &[]).await;
        let headers = json!({"Authorization": format!("Bearer {token}")});
        for change in [("JARVIS_URL", "mysql://x@127.0.0.1:1/jarvis"), ("IDENTITY_ISSUER", "http://127.0.0.1:1")] {
            let environment = chat.environment_with(&[change]);
            let answer = environment.ws_authorize(SocketEvent::authorize(&headers)).await;
            assert_eq!(answer, Err("Unavailable".to_owned()), "{change:?}");
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
            let headers = json!({"Authorization": format!("Bearer {}", forged(&good, &header, &claims))});
            let answer = environment.ws_authorize(SocketEvent::authorize(&headers)).await;
            assert_eq!(answer, Err(UNAUTHORIZED.to_owned()));
        }
        let headers = json!({"Authorization": format!("Bearer {good}")});
        assert!(environment.ws_authorize(SocketEvent::authorize(&headers)).await.is_ok());
        assert_eq!(pool.round_trips(), 1);
    });
}
