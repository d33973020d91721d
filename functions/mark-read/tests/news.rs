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
fn whoever_connects_before_the_news_is_out_hears_it_too() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let early = chat.connect(&customer).await;
        let reply = chat.mark_read(&dentist, session, 1).await;
        let late = chat.connect(&customer).await;
        chat.deliver(reply).await;
        for connection in [&early, &late] {
            let frames = chat.gateway.frames(connection);
            assert_eq!(frames.len(), 1, "{frames:?}");
            assert_eq!(frames[0]["type"], "messages.read");
        }
    });
}

async fn recorded(chat: &Chat, session: i64, kind: &str) -> i64 {
    let sql = "SELECT count(*) FROM session_outbox WHERE session_id = $1 AND kind = $2";
    chat.database.number(sql, &[&session, &kind]).await
}
