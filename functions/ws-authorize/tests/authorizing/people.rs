//! Who is let in, and how the token comes.

use crate::{UNAUTHORIZED, ask, parts, token};
use chat::identity::Role;
use chat_testing::{Person, SocketEvent, with_chat};
use serde_json::{Value, json};

#[test]
fn a_customer_and_a_dentist_are_let_in_and_named() {
    with_chat(async |chat| {
        for person in [chat.customer().await, chat.dentist().await] {
            let token = token(chat, &person, &[("expires_in", json!(600))]).await;
            let claims = parts(&token).1;
            let event =
                SocketEvent::authorize(&json!({"Authorization": format!("Bearer {token}")}));
            let resource = event.0["methodArn"].clone();
            let role = person.role.as_str();
            let expected = json!({
                "principalId": format!("{role}-{}", person.id),
                "policyDocument": {"Version": "2012-10-17", "Statement": [
                    {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": resource},
                ]},
                "context": {"role": role, "id": person.id, "iat": claims["iat"], "exp": claims["exp"]},
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
        for change in [
            ("JARVIS_URL", "mysql://x@127.0.0.1:1/jarvis"),
            ("IDENTITY_ISSUER", "http://127.0.0.1:1"),
        ] {
            let environment = chat.environment_with(&[change]);
            let answer = environment.ws_authorize(SocketEvent::authorize(&headers)).await;
            assert_eq!(answer, Err("Unavailable".to_owned()), "{change:?}");
        }
    });
}
