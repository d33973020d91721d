//! Who comes online, and until when.

use chat_testing::{Chat, SocketEvent, new_id, with_chat};
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;

fn in_seconds(seconds: u64) -> u64 {
    let now = chat::clock::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    now + seconds
}

/// Whose a connection is, and for how many seconds from when it was opened.
async fn stored(chat: &Chat, connection: &str) -> Option<(String, i64, f64)> {
    let sql =
        "SELECT user_type::text, user_id, extract(epoch FROM expires_at - connected_at)::float8
        FROM websocket_connections WHERE connection_id = $1";
    let rows = chat.database.rows(sql, &[&connection]).await;
    rows.first().map(|row| (row.get(0), row.get(1), row.get(2)))
}

#[test]
fn a_connection_is_its_bearers_until_the_token_ends() {
    with_chat(async |chat| {
        // API Gateway hands the context's numbers on as strings; both are understood.
        for (role, id, exp) in [
            ("customer", json!("42"), json!(in_seconds(600).to_string())),
            ("dentist", json!(42), json!(in_seconds(600))),
        ] {
            let connection = new_id();
            let authorizer = json!({"principalId": "x", "role": role, "id": id, "exp": exp});
            let event = SocketEvent::connect(&connection, &authorizer, &json!({}));
            assert_eq!(chat.ws_connect(event).await, json!({"statusCode": 200}));
            let (stored_role, stored_id, life) = stored(chat, &connection).await.unwrap();
            assert_eq!((stored_role.as_str(), stored_id), (role, 42));
            assert!((500.0..=600.0).contains(&life), "{life}");
        }
    });
}

#[test]
fn no_connection_outlives_two_hours() {
    with_chat(async |chat| {
        let connection = new_id();
        let authorizer =
            json!({"role": "customer", "id": "1", "exp": in_seconds(86_400).to_string()});
        let event = SocketEvent::connect(&connection, &authorizer, &json!({}));
        assert_eq!(chat.ws_connect(event).await["statusCode"], 200);
        let (_, _, life) = stored(chat, &connection).await.unwrap();
        assert!((7_199.0..=7_200.0).contains(&life), "{life}");
    });
}

#[test]
fn the_subprotocol_is_chosen_when_it_was_offered() {
    with_chat(async |chat| {
        let authorizer = json!({"role": "customer", "id": "1", "exp": in_seconds(60).to_string()});
        let chosen = json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.v1"}});
        let none = json!({"statusCode": 200});
        for (headers, expected) in [
            (json!({"Sec-WebSocket-Protocol": "chat.v1, token"}), &chosen),
            (json!({"sec-websocket-protocol": "chat.v1,token"}), &chosen),
            (json!({"SEC-WEBSOCKET-PROTOCOL": "chat.v1"}), &chosen),
            (json!({"Sec-WebSocket-Protocol": "chat.v2, token"}), &none),
            (json!({"Authorization": "Bearer token"}), &none),
        ] {
            let event = SocketEvent::connect(&new_id(), &authorizer, &headers);
            assert_eq!(&chat.ws_connect(event).await, expected, "{headers}");
        }
    });
}

#[test]
fn a_connection_that_the_authorizer_did_not_describe_is_refused() {
    with_chat(async |chat| {
        let exp = json!(in_seconds(60));
        for authorizer in [
            json!({}),
            json!({"role": "customer", "id": "1"}),
            json!({"role": "customer", "exp": exp}),
            json!({"id": "1", "exp": exp}),
            json!({"role": "administrator", "id": "1", "exp": exp}),
            json!({"role": "customer", "id": "one", "exp": exp}),
            json!({"role": "customer", "id": "1", "exp": "soon"}),
        ] {
            let event = SocketEvent::connect(&new_id(), &authorizer, &json!({}));
            assert_eq!(chat.ws_connect(event).await, json!({"statusCode": 401}), "{authorizer}");
        }
        let mut event = SocketEvent::connect(&new_id(), &Value::Null, &json!({}));
        event.0["requestContext"].as_object_mut().unwrap().remove("authorizer");
        assert_eq!(chat.ws_connect(event).await, json!({"statusCode": 401}));
        let count = "SELECT count(*) FROM websocket_connections";
        assert_eq!(chat.database.number(count, &[]).await, 0);
    });
}

#[test]
fn an_event_that_comes_twice_notes_one_connection() {
    with_chat(async |chat| {
        let connection = new_id();
        let authorizer = json!({"role": "customer", "id": "1", "exp": in_seconds(60).to_string()});
        for _ in 0..2 {
            let event = SocketEvent::connect(&connection, &authorizer, &json!({}));
            assert_eq!(chat.ws_connect(event).await["statusCode"], 200);
        }
        let count = "SELECT count(*) FROM websocket_connections";
        assert_eq!(chat.database.number(count, &[]).await, 1);
    });
}

#[test]
fn of_more_than_a_thousand_connections_the_oldest_is_over() {
    with_chat(async |chat| {
        let (customer, other) = (chat.customer().await, chat.customer().await);
        chat.connect(&other).await;
        let oldest = chat.connect(&customer).await;
        let more = "INSERT INTO websocket_connections (connection_id, user_type, user_id, expires_at)
             SELECT 'more-' || n, 'customer', $1, now() + interval '1 h' FROM generate_series(1, $2) n";
        chat.database.rows(more, &[&customer.id, &998_i32]).await;
        chat.connect(&customer).await;
        let over = "SELECT count(*) FROM websocket_connections WHERE expires_at <= now()";
        assert_eq!(chat.database.number(over, &[]).await, 0);
        chat.connect(&customer).await;
        let sql = "SELECT connection_id FROM websocket_connections WHERE expires_at <= now()";
        let rows = chat.database.rows(sql, &[]).await;
        let over: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(over, [oldest]);
    });
}

#[test]
fn without_the_database_nobody_connects() {
    with_chat(async |chat| {
        let url = "postgres://chat_service@127.0.0.1:1/chat?sslmode=disable";
        let environment = chat.environment_with(&[("DATABASE_URL", url)]);
        let authorizer = json!({"role": "customer", "id": "1", "exp": in_seconds(60).to_string()});
        let event = SocketEvent::connect(&new_id(), &authorizer, &json!({}));
        assert_eq!(environment.ws_connect(event).await, json!({"statusCode": 503}));
    });
}
