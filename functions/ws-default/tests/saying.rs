//! What a client says over its connection, and what it hears.

use chat_testing::{SocketEvent, problem, with_chat};
use serde_json::json;

#[test]
fn a_ping_is_answered_with_a_pong_on_its_connection_only() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let (connection, other) = (chat.connect(&customer).await, chat.connect(&customer).await);
        let event = SocketEvent::message(&connection, r#"{"action": "ping"}"#);
        assert_eq!(chat.ws_default(event).await["statusCode"], 200);
        let pong = json!({"type": "pong", "connection_id": connection});
        assert_eq!(chat.gateway.frames(&connection), [pong]);
        assert!(chat.gateway.frames(&other).is_empty());
    });
}

#[test]
fn a_ping_that_wants_no_pong_is_heard_and_not_answered() {
    with_chat(async |chat| {
        let connection = chat.connect(&chat.customer().await).await;
        let quiet = SocketEvent::message(&connection, r#"{"action": "ping", "pong": false}"#);
        assert_eq!(chat.ws_default(quiet).await["statusCode"], 200);
        assert!(chat.gateway.frames(&connection).is_empty());
    });
}

#[test]
fn what_is_not_understood_is_answered_with_an_error_frame() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        for (body, code) in [
            ("", "invalid_json"),
            ("ping", "invalid_json"),
            ("{", "invalid_json"),
            ("null", "invalid_json"),
            ("[]", "invalid_json"),
            (r#""ping""#, "invalid_json"),
            (r#"{"action": "\ud800"}"#, "invalid_json"),
            ("{}", "unknown_action"),
            (r#"{"action": null}"#, "unknown_action"),
            (r#"{"action": 1}"#, "unknown_action"),
            (r#"{"action": "PING"}"#, "unknown_action"),
            (r#"{"action": "send", "session_id": 1}"#, "unknown_action"),
            (r#"{"Action": "ping"}"#, "unknown_action"),
        ] {
            let connection = chat.connect(&customer).await;
            let event = SocketEvent::message(&connection, body);
            let mut frame = problem(code, &event.request_id());
            frame["type"] = json!("error");
            assert_eq!(chat.ws_default(event).await["statusCode"], 200);
            assert_eq!(chat.gateway.frames(&connection), [frame], "{body}");
        }
    });
}

#[test]
fn a_connection_that_is_unknown_or_over_hears_nothing() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let over = chat.connect(&customer).await;
        chat.set_connection(&over, "expires_at = now()").await;
        for connection in [over.as_str(), "unknown=", ""] {
            let event = SocketEvent::message(connection, r#"{"action": "ping"}"#);
            assert_eq!(chat.ws_default(event).await["statusCode"], 410);
        }
        assert_eq!(chat.gateway.frame_count(), 0);
    });
}

#[test]
fn without_the_database_the_answer_says_so() {
    with_chat(async |chat| {
        let url = "postgres://chat_service@127.0.0.1:1/chat?sslmode=disable";
        let environment = chat.environment_with(&[("DATABASE_URL", url)]);
        let event = SocketEvent::message("any=", r#"{"action": "ping"}"#);
        assert_eq!(environment.ws_default(event).await["statusCode"], 503);
    });
}

#[test]
fn who_says_too_much_is_refused_for_the_rest_of_the_minute_and_nobody_else_is() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let (loud, quiet) = (chat.connect(&customer).await, chat.connect(&customer).await);
        let ping = |connection: &str| SocketEvent::message(connection, r#"{"action": "ping"}"#);
        for _ in 0..120 {
            chat.ws_default(ping(&loud)).await;
        }
        let event = ping(&loud);
        let mut refusal = problem("rate_limited", &event.request_id());
        refusal["type"] = json!("error");
        assert_eq!(chat.ws_default(event).await["statusCode"], 200);
        let frames = chat.gateway.frames(&loud);
        assert_eq!(
            (frames.len(), &frames[119]["type"], &frames[120]),
            (121, &json!("pong"), &refusal)
        );
        chat.ws_default(ping(&quiet)).await;
        assert_eq!(chat.gateway.frames(&quiet)[0]["type"], "pong");

        // A minute later it may speak again.
        let sql =
            "UPDATE websocket_connections SET heard_since = heard_since - interval '1 minute'";
        chat.database.rows(sql, &[]).await;
        chat.ws_default(ping(&loud)).await;
        assert_eq!(chat.gateway.frames(&loud)[121]["type"], "pong");
    });
}
