//! Tokens that open nothing.

use crate::forged::{control, forgeries};
use chat_e2e::{Person, Stack, TokenPlace};
use reqwest::Method;
use serde_json::{Value, json};

/// Tokens that the pool signed, but that are not for us, or not for now.
async fn bad_tokens(stack: &Stack, person: &Person) -> Vec<(&'static str, String)> {
    let with = async |name: &str, value: Value| {
        let mut request = person.token_request();
        request[name] = value;
        stack.token(&request).await
    };
    let claims = async |claims: Value| with("claims", claims).await;
    let later = i64::MAX >> 20;
    vec![
        ("empty", String::new()),
        ("no token", "nonsense".to_owned()),
        ("three dots", "a.b.c".to_owned()),
        ("expired", with("expires_in", json!(-1)).await),
        ("not yet", claims(json!({"nbf": later})).await),
        ("no exp", claims(json!({"exp": null})).await),
        ("exp as text", claims(json!({"exp": "4102444800"})).await),
        ("another issuer", with("issuer", json!("https://issuer.example.test/pool")).await),
        ("another audience", with("audience", json!("another-app")).await),
        ("no audience", claims(json!({"aud": null})).await),
        ("no subject", claims(json!({"sub": null})).await),
    ]
}

#[tokio::test]
async fn no_bad_token_opens_the_http_api() {
    let stack = Stack::shared();
    let customer = stack.customer().await;
    let mut tokens = bad_tokens(&stack, &customer).await;
    tokens.extend(forgeries(&stack, &customer).await);
    for (what, token) in tokens {
        let reply = stack.call(Some(&token), Method::GET, "/sessions", None).await;
        assert_eq!(reply.status, 401, "{what}: {}", reply.text);
        assert!(
            what == "no subject" || reply.header("www-authenticate").starts_with("Bearer"),
            "{what}"
        );
    }
    let good = customer.with_token(control(&stack, &customer));
    good.list_sessions("").await.is(200);

    let none = stack.call(None, Method::GET, "/sessions", None).await;
    assert_eq!(none.expect(401), &json!({"message": "Unauthorized"}));
}

#[tokio::test]
async fn no_bad_token_opens_a_websocket() {
    let stack = Stack::shared();
    let customer = stack.customer().await;
    let mut tokens = bad_tokens(&stack, &customer).await;
    tokens.extend(forgeries(&stack, &customer).await);
    tokens.push(("an access token", access_token(&stack, &customer).await));
    for (what, token) in tokens {
        for place in [TokenPlace::Header, TokenPlace::Subprotocol] {
            // What cannot stand in a header does not get that far.
            if place == TokenPlace::Subprotocol && token.is_empty() {
                continue;
            }
            let refusal = stack.try_connect(&token, place).await.err();
            assert_eq!(refusal.map(|refusal| refusal.status), Some(401), "{what} in {place:?}");
        }
    }
    let good = customer.with_token(control(&stack, &customer));
    good.connect().await.until_pong().await;

    let refusal = stack.connect_with(&[]).await.err().unwrap();
    assert_eq!((refusal.status, refusal.body.as_str()), (401, r#"{"message":"Unauthorized"}"#));
}

#[tokio::test]
async fn an_access_token_is_told_that_it_is_one() {
    let stack = Stack::shared();
    let customer = stack.customer().await;
    let holder = customer.with_token(access_token(&stack, &customer).await);
    holder.list_sessions("").await.is_problem(401, "wrong_token_use");
}

async fn access_token(stack: &Stack, person: &Person) -> String {
    let mut request = person.token_request();
    request["token_use"] = json!("access");
    stack.token(&request).await
}

#[tokio::test]
async fn without_a_gateway_nobody_is_authenticated() {
    let stack = Stack::shared();
    let event = json!({
        "version": "2.0", "routeKey": "GET /sessions", "rawPath": "/sessions",
        "headers": {"authorization": "Bearer x"}, "requestContext": {"requestId": "direct"},
    });
    let answer = stack.invoke("list-sessions", &event).await;
    assert_eq!(answer.expect(200)["statusCode"], 401);
    let problem: Value = serde_json::from_str(answer.body["body"].as_str().unwrap()).unwrap();
    assert_eq!(problem["code"], "unauthenticated");
}
