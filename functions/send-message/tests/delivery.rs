//! What follows the answer to a send.

use chat_testing::{Chat, new_id, with_chat};
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
        chat.set_connection(&over, "expires_at = now()").await;
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
        let (gone, here) = (chat.connect(&customer).await, chat.connect(&customer).await);
        let sql = "UPDATE websocket_connections SET connected_at = now() - interval '1 minute'";
        chat.database.rows(sql, &[]).await;
        chat.gateway.answer(&gone, 410);
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        let reply = chat.send(&dentist, session, &body).await;
        chat.deliver(reply).await;
        assert_eq!(chat.gateway.frames(&here).len(), 1);
        assert_eq!(connections(chat).await, [here]);
    });
}

#[test]
fn a_connection_that_is_still_opening_gets_the_message_a_moment_later() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        // Until the handshake is over, the gateway calls a connection gone too.
        let opening = chat.connect(&customer).await;
        chat.gateway.answer(&opening, 410);
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        let reply = chat.send(&dentist, session, &body).await;
        chat.deliver(reply).await;
        assert_eq!(chat.gateway.frames(&opening).len(), 2);
        assert_eq!(connections(chat).await, [opening]);
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
        // What was not taken stays owed, and no connection is forgotten for it.
        assert_eq!(owed(chat).await, [(Some(1), "frames".to_owned(), true)]);
        let count = "SELECT count(*) FROM websocket_connections";
        assert_eq!(chat.database.number(count, &[]).await, 3);
    });
}

#[test]
fn what_is_owed_is_written_down_with_the_message_and_settled_when_it_is_done() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        // Neither a customer's message nor one to a customer without a phone calls for a push.
        for person in [&customer, &dentist] {
            let body = json!({"client_message_id": new_id(), "content": "hello"});
            let reply = chat.send(person, session, &body).await;
            let seq = reply.expect(201)["seq"].as_i64();
            assert_eq!(owed(chat).await, [(seq, "frames".to_owned(), true)]);
            chat.deliver(reply).await;
            assert!(owed(chat).await.is_empty());
        }
    });
}

#[test]
fn a_push_stays_owed_at_once_to_who_is_offline_and_later_to_who_is_online() {
    with_chat(async |chat| {
        for is_online in [false, true] {
            let (customer, dentist, session) = chat.conversation().await;
            chat.register_player(&customer, &new_id()).await;
            if is_online {
                chat.connect(&customer).await;
            }
            let body = json!({"client_message_id": new_id(), "content": "hello"});
            let reply = chat.send(&dentist, session, &body).await;
            chat.deliver(reply).await;
            assert_eq!(owed(chat).await, [(Some(1), "push".to_owned(), !is_online)]);
            let due = "SELECT extract(epoch FROM due_at - changed_at)::bigint FROM outbox
                WHERE work = 'push'";
            let due = chat.database.number(due, &[]).await;
            assert_eq!(due >= 59, is_online, "due after {due} seconds");
            chat.database.rows("DELETE FROM outbox", &[]).await;
        }
    });
}

async fn connections(chat: &Chat) -> Vec<String> {
    let rows = chat.database.rows("SELECT connection_id FROM websocket_connections", &[]).await;
    rows.iter().map(|row| row.get(0)).collect()
}

/// The messages in the outbox, what is owed for them, and whether it is due within seconds.
async fn owed(chat: &Chat) -> Vec<(Option<i64>, String, bool)> {
    let sql = "SELECT seq, work::text, due_at < now() + interval '10 seconds' FROM outbox
        WHERE change = 'message'";
    let rows = chat.database.rows(sql, &[]).await;
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}
