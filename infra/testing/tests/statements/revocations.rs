//! Whose token counts no more, where, and from when.

use chat::store::connections;
use chat_testing::{
    Chat, Environment, Event, Operation, Person, Reply, SocketEvent, clock, new_id, with_chat,
};
use serde_json::{Value, json};
use std::time::{Duration, UNIX_EPOCH};

/// An environment that asks at each call.
fn asking(chat: &Chat) -> Environment {
    chat.environment_with(&[("REVOCATIONS_MAX_AGE_SECONDS", "0")])
}

async fn revoke(chat: &Chat, person: &Person) -> Value {
    let id = format!("{}_id", person.role.as_str());
    chat.environment().duty("revoke-tokens", &json!({id: person.id})).await
}

/// So many seconds from now, in seconds since 1970.
fn in_seconds(seconds: u64) -> String {
    let now = chat::clock::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    (now + seconds).to_string()
}

/// A send with a token that was issued then.
async fn send(environment: &Environment, person: &Person, session: i64, iat: &Value) -> Reply {
    let mut claims = person.claims();
    claims["iat"] = iat.clone();
    let body = json!({"client_message_id": new_id(), "content": "hello"});
    let event = Event::new(Operation::SendMessage).claims(&claims).session(session).json(&body);
    environment.invoke(Operation::SendMessage, event).await
}

/// Opens a connection with a token that was issued then: its id, and the answer's status.
async fn open(chat: &Chat, person: &Person, iat: &str) -> (String, Value) {
    let connection = new_id();
    let authorizer = json!({
        "role": person.role.as_str(), "id": person.id, "iat": iat, "exp": in_seconds(3_600),
    });
    let event = SocketEvent::connect(&connection, &authorizer, &json!({}));
    (connection, chat.ws_connect(event).await["statusCode"].clone())
}

/// Whether something may be said over it.
async fn is_open(chat: &Chat, connection: &str) -> bool {
    let said = SocketEvent::message(connection, &json!({"type": "ping"}).to_string());
    chat.ws_default(said).await["statusCode"] == 200
}

#[test]
fn a_token_from_before_does_nothing_and_a_later_one_does_everything() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let environment = asking(chat);
        let old = json!("1773340000");
        assert_eq!(send(&environment, &customer, session, &old).await.status, 201);
        let answer = revoke(chat, &customer).await;
        assert_eq!(answer["connections"], 0);
        assert!(answer["issued_until"].is_string(), "{answer}");

        for iat in [&old, &Value::Null, &json!("soon")] {
            send(&environment, &customer, session, iat).await.assert_problem("unauthenticated");
        }
        let later = json!(in_seconds(2));
        assert_eq!(send(&environment, &customer, session, &later).await.expect(201)["seq"], 2);
        assert_eq!(send(&environment, &dentist, session, &old).await.status, 201);

        revoke(chat, &dentist).await;
        assert_eq!(send(&environment, &dentist, session, &old).await.status, 401);
    });
}

#[test]
fn what_is_known_is_read_with_a_connection_and_anew_after_ten_seconds() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let old = json!("1773340000");
        let earlier = chat.environment();
        assert_eq!(send(&earlier, &customer, session, &old).await.status, 201);
        revoke(chat, &customer).await;
        let later = chat.environment();
        for _ in 0..2 {
            assert_eq!(send(&later, &customer, session, &old).await.status, 401);
        }
        clock::advance(Duration::from_secs(10));
        assert_eq!(send(&earlier, &customer, session, &old).await.status, 401);
    });
}

#[test]
fn connections_of_tokens_from_before_are_over_at_once_and_no_other_persons() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let twin = Person { id: customer.id, ..Person::unknown(dentist.role) };
        let before = "1773340000";
        let (own, _) = open(chat, &customer, before).await;
        let (newer, _) = open(chat, &customer, &in_seconds(5)).await;
        let (others, _) = open(chat, &dentist, before).await;
        let (twins, _) = open(chat, &twin, before).await;
        let (strangers, _) = open(chat, &chat.customer().await, before).await;
        let (over, _) = open(chat, &customer, before).await;
        chat.set_connection(&over, "expires_at = now() - interval '1 second'").await;
        assert_eq!(revoke(chat, &customer).await["connections"], 1);

        let mut left = Vec::new();
        for connection in [&own, &newer, &others, &twins, &strangers] {
            left.push(is_open(chat, connection).await);
        }
        assert_eq!(left, [false, true, true, true, true]);
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        assert_eq!(chat.send(&dentist, session, &body).await.status, 201);
        assert_eq!(chat.gateway.frames(&own), [] as [Value; 0]);
        let (refused, status) = open(chat, &customer, before).await;
        assert_eq!((status, is_open(chat, &refused).await), (json!(401), false));
        assert_eq!(open(chat, &chat.customer().await, before).await.1, 200);
        assert_eq!(open(chat, &customer, &in_seconds(5)).await.1, 200);
        assert_eq!(open(chat, &twin, before).await.1, 200);
    });
}

/// Up to so many connections whose time is over, as redeliver asks for them.
async fn over(chat: &Chat, limit: i64) -> Vec<String> {
    connections::expired(&chat.app().db, limit).await.unwrap()
}

#[test]
fn a_connection_that_was_being_opened_meanwhile_is_closed_by_redeliver() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        revoke(chat, &customer).await;
        let (late, _) = open(chat, &customer, &in_seconds(5)).await;
        let (good, _) = open(chat, &customer, &in_seconds(5)).await;
        // As one is whose statement began before.
        chat.set_connection(&late, "issued_at = now() - interval '5 minutes'").await;
        assert_eq!(over(chat, 10).await, std::slice::from_ref(&late));
        // Once is enough.
        assert_eq!(over(chat, 10).await, std::slice::from_ref(&late));
        let (ended, _) = open(chat, &customer, &in_seconds(5)).await;
        chat.set_connection(&ended, "expires_at = now() - interval '1 minute'").await;
        let (second, _) = open(chat, &customer, &in_seconds(5)).await;
        chat.set_connection(&second, "issued_at = now() - interval '5 minutes'").await;
        assert_eq!(over(chat, 1).await, [ended]);
        chat.set_connection(&late, "expires_at = now()").await;
        assert!(is_open(chat, &good).await);
        // By then every connection of such a token is over by itself.
        let sql = "UPDATE revocations SET issued_until = now() - interval '3 hours'";
        chat.database.rows(sql, &[]).await;
        let again =
            "expires_at = now() + interval '1 hour', issued_at = now() - interval '4 hours'";
        chat.set_connection(&late, again).await;
        assert!(!over(chat, 10).await.contains(&late));
    });
}

/// Notes that the tokens of so many customers were revoked so many hours ago.
async fn revoked(chat: &Chat, people: i64, hours_ago: i32) {
    let sql = "INSERT INTO revocations (user_type, user_id, issued_until)
        SELECT 'customer', -n, now() - make_interval(hours => $2::int) FROM generate_series(1, $1::bigint) n
        ON CONFLICT (user_type, user_id) DO UPDATE SET issued_until = excluded.issued_until";
    chat.database.rows(sql, &[&people, &hours_ago]).await;
}

#[test]
fn ten_thousand_people_may_be_revoked_at_a_time_and_those_of_yesterday_are_forgotten() {
    with_chat(async |chat| {
        let (customer, dentist) = (chat.customer().await, chat.dentist().await);
        revoked(chat, 9_999, 24).await;
        assert_eq!(revoke(chat, &customer).await["connections"], 0);
        assert_eq!(revoke(chat, &dentist).await["code"], "too_many_revocations");
        assert_eq!(revoke(chat, &customer).await["connections"], 0);
        let count = "SELECT count(*) FROM revocations";
        assert_eq!(chat.database.number(count, &[]).await, 10_000);

        revoked(chat, 9_999, 26).await;
        assert_eq!(revoke(chat, &dentist).await["connections"], 0);
        assert_eq!(chat.database.number(count, &[]).await, 2);
    });
}

#[test]
fn a_token_that_was_revoked_a_day_ago_is_over_by_itself() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        revoke(chat, &customer).await;
        for (hours, status) in [(24, 401), (26, 201)] {
            let sql =
                format!("UPDATE revocations SET issued_until = now() - interval '{hours} hours'");
            chat.database.rows(&sql, &[]).await;
            let reply = send(&asking(chat), &customer, session, &json!("1773340000")).await;
            assert_eq!(reply.status, status, "{hours} hours ago");
        }
    });
}

#[test]
fn whose_tokens_must_be_said() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        for event in [
            json!({}),
            json!({"customer_id": 0}),
            json!({"customer_id": 1, "dentist_id": 1}),
            json!({"session_id": session}),
            json!({"customer_id": customer.id, "reason": "left"}),
        ] {
            let refused = chat.environment().duty("revoke-tokens", &event).await;
            assert_eq!(refused["code"], "invalid_request", "{event}");
        }
        let reply = send(&asking(chat), &customer, session, &json!("1773340000")).await;
        assert_eq!(reply.status, 201);
    });
}
