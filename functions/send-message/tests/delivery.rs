//! What follows the answer to a send.

use chat_testing::{new_id, with_chat};
use serde_json::json;

#[test]
fn every_connection_of_both_gets_the_message_and_nobody_else() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let phone = chat.connect(&customer).await;
        let tablet = chat.connect(&customer).await;
        let desk = chat.connect(&dentist).await;
        let others = [
            chat.connect(&chat.customer().await).await,
            chat.connect(&chat.dentist().await).await,
            // Someone else who happens to have the same number.
            chat.connect(&chat.people.namesake(&customer).await).await,
            chat.connect(&chat.people.namesake(&dentist).await).await,
        ];
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        let reply = chat.send(&customer, session, &body).await;
        let message = reply.expect(201).clone();
        chat.deliver(reply).await;

        let frame =
            json!({"type": "message.created", "session_id": session, "seq": 1, "message": message});
        for connection in [&phone, &tablet, &desk] {
            assert_eq!(chat.gateway.frames(connection), std::slice::from_ref(&frame));
        }
        for connection in &others {
            assert!(chat.gateway.frames(connection).is_empty());
        }
    });
}

#[test]
fn a_connection_whose_time_is_over_gets_nothing() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let over = chat.connect(&customer).await;
        let sql = "UPDATE websocket_connections SET expires_at = now() WHERE connection_id = $1";
        chat.database.rows(sql, &[&over]).await;
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        let reply = chat.send(&dentist, session, &body).await;
        chat.deliver(reply).await;
        assert_eq!(chat.gateway.frame_count(), 0);
    });
}

#[test]
fn a_connection_that_is_gone_is_forgotten_and_the_others_are_served() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let gone = chat.connect(&customer).await;
        let here = chat.connect(&customer).await;
        chat.gateway.answer(&gone, 410);
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        let reply = chat.send(&dentist, session, &body).await;
        chat.deliver(reply).await;
        assert_eq!(chat.gateway.frames(&here).len(), 1);
        let rows = chat.database.rows("SELECT connection_id FROM websocket_connections", &[]).await;
        let left: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(left, [here]);
    });
}

#[test]
fn a_busy_gateway_is_asked_a_second_time() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (busy, broken) = (chat.connect(&customer).await, chat.connect(&customer).await);
        let refused = chat.connect(&customer).await;
        chat.gateway.answer(&busy, 429);
        chat.gateway.answer(&broken, 500);
        chat.gateway.answer(&refused, 403);
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        let reply = chat.send(&dentist, session, &body).await;
        chat.deliver(reply).await;
        assert_eq!(chat.gateway.frames(&busy).len(), 2);
        assert_eq!(chat.gateway.frames(&broken).len(), 2);
        assert_eq!(chat.gateway.frames(&refused).len(), 1);
        // A frame that was dropped is found by the client's next fetch; the connection stays.
        let count = "SELECT count(*) FROM websocket_connections";
        assert_eq!(chat.database.number(count, &[]).await, 3);
    });
}

#[test]
fn what_is_owed_is_written_down_with_the_message() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let message = chat.say(&customer, session, "hello").await;
        let owed = chat.database.rows("SELECT message_id FROM message_outbox", &[]).await;
        let owed: Vec<i64> = owed.iter().map(|row| row.get(0)).collect();
        assert_eq!(json!(owed), json!([message["id"]]));
    });
}
