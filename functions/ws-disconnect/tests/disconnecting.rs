//! A connection that closes is forgotten.

use chat_testing::{SocketEvent, with_chat};

#[test]
fn a_closed_connection_is_forgotten_and_no_other() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let (closed, open) = (chat.connect(&customer).await, chat.connect(&customer).await);
        for _ in 0..2 {
            // The event may come twice, or for a connection that nobody knows.
            let answer = chat.ws_disconnect(SocketEvent::disconnect(&closed)).await;
            assert_eq!(answer["statusCode"], 200);
        }
        let rows = chat.database.rows("SELECT connection_id FROM websocket_connections", &[]).await;
        let left: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(left, [open]);
    });
}

#[test]
fn without_the_database_the_answer_says_so() {
    with_chat(async |chat| {
        let url = "postgres://chat_service@127.0.0.1:1/chat?sslmode=disable";
        let environment = chat.environment_with(&[("DATABASE_URL", url)]);
        let answer = environment.ws_disconnect(SocketEvent::disconnect("gone=")).await;
        assert_eq!(answer["statusCode"], 503);
    });
}
