//! That both sides hear of a mark, whatever becomes of the function that moved it.

use chat_testing::{Chat, with_chat};

#[test]
fn what_nobody_was_told_of_yet_is_recorded_with_the_mark() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let reply = chat.mark_read(&dentist, session, 1).await;
        assert_eq!(recorded(chat, session, "dentist_read").await, 1);
        chat.deliver(reply).await;
        assert_eq!(recorded(chat, session, "dentist_read").await, 0);
    });
}

#[test]
fn a_mark_that_does_not_move_is_no_news() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let moved = chat.mark_read(&dentist, session, 1).await;
        chat.deliver(moved).await;
        let repeated = chat.mark_read(&dentist, session, 1).await;
        assert!(repeated.delivery.is_none());
        assert_eq!(recorded(chat, session, "dentist_read").await, 0);
    });
}

#[test]
fn newer_news_is_not_settled_with_older() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "one").await;
        let older = chat.mark_read(&dentist, session, 1).await;
        chat.say(&customer, session, "two").await;
        let newer = chat.mark_read(&dentist, session, 2).await;
        chat.deliver(older).await;
        assert_eq!(recorded(chat, session, "dentist_read").await, 1);
        chat.deliver(newer).await;
        assert_eq!(recorded(chat, session, "dentist_read").await, 0);
    });
}

#[test]
fn what_the_gateway_did_not_take_stays_recorded() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let connection = chat.connect(&customer).await;
        chat.gateway.answer(&connection, 503);
        let reply = chat.mark_read(&dentist, session, 1).await;
        chat.deliver(reply).await;
        assert_eq!(recorded(chat, session, "dentist_read").await, 1);
    });
}

#[test]
fn whoever_connects_after_the_mark_is_told_nothing_of_it() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let early = chat.connect(&customer).await;
        let reply = chat.mark_read(&dentist, session, 1).await;
        let late = chat.connect(&customer).await;
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
            let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                 WHERE NOT l.granted AND a.datname = current_database()";
            while chat.database.number(waiting, &[]).await == 0 {
                tokio::task::yield_now().await;
            }
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

async fn recorded(chat: &Chat, session: i64, kind: &str) -> i64 {
    let sql = "SELECT count(*) FROM session_outbox WHERE session_id = $1 AND kind = $2";
    chat.database.number(sql, &[&session, &kind]).await
}
