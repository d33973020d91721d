//! That both sides hear of a mark, whatever becomes of the function that moved it.

use chat_testing::{Chat, with_chat};

#[test]
fn frames_are_owed_with_the_mark_and_settled_when_they_are_out() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let reply = chat.mark_read(&dentist, session, 1).await;
        assert_eq!(owed(chat, session, "dentist_read").await, 1);
        chat.deliver(reply).await;
        assert_eq!(owed(chat, session, "dentist_read").await, 0);
    });
}

#[test]
fn a_mark_that_does_not_move_owes_no_frames() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let moved = chat.mark_read(&dentist, session, 1).await;
        chat.deliver(moved).await;
        let repeated = chat.mark_read(&dentist, session, 1).await;
        assert!(repeated.delivery.is_none());
        assert_eq!(owed(chat, session, "dentist_read").await, 0);
    });
}

#[test]
fn a_newer_marks_frames_are_not_settled_with_an_older_ones() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "one").await;
        let older = chat.mark_read(&dentist, session, 1).await;
        chat.say(&customer, session, "two").await;
        let newer = chat.mark_read(&dentist, session, 2).await;
        chat.deliver(older).await;
        assert_eq!(owed(chat, session, "dentist_read").await, 1);
        chat.deliver(newer).await;
        assert_eq!(owed(chat, session, "dentist_read").await, 0);
    });
}

#[test]
fn what_the_gateway_did_not_take_stays_owed() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let connection = chat.connect(&customer).await;
        chat.gateway.answer(&connection, 503);
        let reply = chat.mark_read(&dentist, session, 1).await;
        chat.deliver(reply).await;
        assert_eq!(owed(chat, session, "dentist_read").await, 1);
    });
}

#[test]
fn whoever_connects_after_the_mark_gets_no_frame_of_it() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let early = chat.connect(&customer).await;
        let reply = chat.mark_read(&dentist, session, 1).await;
        let late = chat.connect(&customer).await;
        // How long ago the mark was moved is known only as well as the way to the database is short:
        // someone who connects in the next moment may hear of it too.
        let sql = "UPDATE websocket_connections SET connected_at = now() + interval '1 minute'
            WHERE connection_id = $1";
        chat.database.rows(sql, &[&late]).await;
        chat.deliver(reply).await;
        assert_eq!(kinds(chat, &early), ["messages.read"]);
        assert_eq!(kinds(chat, &late), [""; 0]);
    });
}

#[test]
fn whoever_connects_while_the_mark_is_being_committed_hears_of_it() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let elsewhere = chat.environment();
        elsewhere.warm().await;
        let lock = "SELECT FROM chat_sessions WHERE id = $1 FOR UPDATE";
        chat.database.rows("BEGIN", &[]).await;
        chat.database.rows(lock, &[&session]).await;
        let connect_meanwhile = async {
            chat.database.until_a_lock_is_waited_for().await;
            let connection = elsewhere.connect(&customer).await;
            chat.database.rows("COMMIT", &[]).await;
            connection
        };
        let (reply, connection) =
            tokio::join!(chat.mark_read(&dentist, session, 1), connect_meanwhile);
        chat.deliver(reply).await;
        assert_eq!(kinds(chat, &connection), ["messages.read"]);
    });
}

fn kinds(chat: &Chat, connection: &str) -> Vec<String> {
    let frames = chat.gateway.frames(connection);
    frames.iter().map(|frame| frame["type"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn owed(chat: &Chat, session: i64, kind: &str) -> i64 {
    let sql = "SELECT count(*) FROM outbox WHERE session_id = $1 AND change::text = $2";
    chat.database.number(sql, &[&session, &kind]).await
}
