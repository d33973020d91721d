//! Tokens that the pool did sign.

use crate::{UNAUTHORIZED, ask, seconds_from_now, token};
use chat_testing::with_chat;
use serde_json::{Value, json};

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
        for change in
            [("audience", json!("another-app")), claim("nbf", json!(seconds_from_now(-5)))]
        {
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
