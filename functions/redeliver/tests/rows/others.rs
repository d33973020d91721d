//! Connections whose time is over, and marks over very many messages.

use chat::store::{connections, read_marks};
use chat_testing::{Chat, with_chat};

#[test]
fn connections_whose_time_is_over_are_found_and_those_first_that_ended_first() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let mut ended = Vec::new();
        for minutes in [2, 3, 1] {
            let connection = chat.connect(&customer).await;
            let over = format!("expires_at = now() - interval '{minutes} minutes'");
            chat.set_connection(&connection, &over).await;
            ended.push(connection);
        }
        chat.connect(&customer).await;
        ended.swap(0, 1);
        assert_eq!(connections::expired(&chat.app().db, 2).await.unwrap(), ended[..2]);
        assert_eq!(connections::expired(&chat.app().db, 10).await.unwrap(), ended);
    });
}

/// A session's messages that are read: their numbers, and in which year.
async fn read(chat: &Chat, session: i64) -> Vec<(i64, i32)> {
    let sql = "SELECT seq, extract(year FROM read_at)::int FROM chat_messages
        WHERE session_id = $1 AND is_read ORDER BY seq";
    chat.database.rows(sql, &[&session]).await.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn put_off(chat: &Chat, session: i64, reader: &str, (from, to): (i64, i64), year: i32) {
    let sql = "INSERT INTO read_marks (session_id, reader, from_seq, up_to_seq, read_at)
        VALUES ($1, $2::text::chat_participant, $3, $4, make_timestamptz($5, 6, 1, 0, 0, 0))";
    chat.database.rows(sql, &[&session, &reader, &from, &to, &year]).await;
}

async fn marks(chat: &Chat) -> Vec<(i64, i64)> {
    let sql = "SELECT from_seq, up_to_seq FROM read_marks ORDER BY session_id, reader, up_to_seq";
    chat.database.rows(sql, &[]).await.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[test]
fn a_mark_over_many_messages_is_written_in_steps_one_mark_after_the_other() {
    with_chat(async |chat| {
        // Odd ones are the customer's.
        let (first, second) = (chat.conversation().await.2, chat.conversation().await.2);
        chat.fill(first, 12).await;
        chat.fill(second, 12).await;
        let earlier = "UPDATE chat_messages SET is_read = true, read_at = '2001-06-01'
            WHERE session_id = $1 AND seq = 5";
        chat.database.rows(earlier, &[&first]).await;
        put_off(chat, first, "dentist", (2, 8), 2010).await;
        put_off(chat, first, "dentist", (8, 11), 2011).await;
        put_off(chat, second, "customer", (0, 4), 2012).await;
        let step = async |limit| read_marks::catch_up(&chat.app().db, limit).await.unwrap();

        assert!(step(4).await);
        assert_eq!(read(chat, first).await, [(3, 2010), (5, 2001)]);
        assert_eq!(marks(chat).await, [(6, 8), (8, 11), (0, 4)]);
        assert!(step(4).await);
        assert_eq!(read(chat, first).await, [(3, 2010), (5, 2001), (7, 2010)]);
        assert_eq!(marks(chat).await, [(8, 11), (0, 4)]);
        assert!(read(chat, second).await.is_empty());
        assert!(step(4).await && step(4).await);
        assert!(!step(4).await);
        assert_eq!(
            read(chat, first).await,
            [(3, 2010), (5, 2001), (7, 2010), (9, 2011), (11, 2011)]
        );
        assert_eq!(read(chat, second).await, [(2, 2012), (4, 2012)]);
        assert!(marks(chat).await.is_empty());
    });
}
