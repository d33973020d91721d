//! From which pages a browser may connect.

use crate::{UNAUTHORIZED, token};
use chat_testing::{SocketEvent, with_chat};
use serde_json::json;

const HOST: &str = "live.example.test";

#[test]
fn only_pages_of_the_stages_origins_connect_and_apps_do_as_ever() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let token = token(chat, &customer, &[]).await;
        let origins = "https://chat.example.test, https://www.example.test";
        let stage = chat.environment_with(&[("ALLOWED_ORIGINS", origins)]);
        let open = [chat.environment(), chat.environment_with(&[("ALLOWED_ORIGINS", "*")])];
        for (origin, effect) in [
            (None, "Allow"),
            (Some("https://chat.example.test"), "Allow"),
            (Some("https://www.example.test"), "Allow"),
            // React Native's.
            (Some("https://live.example.test"), "Allow"),
            (Some("wss://Live.example.test"), "Allow"),
            (Some("http://live.example.test"), "Deny"),
            (Some("http://chat.example.test"), "Deny"),
            (Some("https://chat.example.test:8443"), "Deny"),
            (Some("https://chat.example.test.attacker.test"), "Deny"),
            (Some("https://attacker.test"), "Deny"),
            (Some("https://chat.example.test, https://attacker.test"), "Deny"),
            (Some("live.example.test"), "Deny"),
            (Some("null"), "Deny"),
            (Some(""), "Deny"),
        ] {
            let offered = format!("chat.v1, {token}");
            let mut headers = json!({"Host": HOST, "Sec-WebSocket-Protocol": offered});
            if let Some(origin) = origin {
                headers["Origin"] = json!(origin);
            }
            let answer = stage.ws_authorize(SocketEvent::authorize(&headers)).await.unwrap();
            assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], effect, "{origin:?}");
            let is_named = answer["context"] != json!({});
            assert_eq!(is_named, effect == "Allow", "{answer}");
            for environment in &open {
                let answer = environment.ws_authorize(SocketEvent::authorize(&headers)).await;
                assert_eq!(answer.unwrap()["policyDocument"]["Statement"][0]["Effect"], "Allow");
            }
        }
    });
}

#[test]
fn a_bad_token_is_unauthorized_wherever_it_comes_from() {
    with_chat(async |chat| {
        let stage = chat.environment_with(&[("ALLOWED_ORIGINS", "https://chat.example.test")]);
        for origin in ["https://chat.example.test", "https://attacker.test"] {
            let headers = json!({"Origin": origin, "Authorization": "Bearer canary"});
            let answer = stage.ws_authorize(SocketEvent::authorize(&headers)).await;
            assert_eq!(answer, Err(UNAUTHORIZED.to_owned()));
        }
    });
}
