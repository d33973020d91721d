//! One statement over everything: a mark over very many messages.

use chat_testing::{Chat, with_chat};

/// More than a mark writes at once.
const MANY: i64 = 3_000;
/// What `redeliver` runs until nothing is left.
const CATCH_UP: &str = include_str!("../../../shared/src/store/read_marks/catch_up.sql");

#[test]
fn a_mark_over_very_many_messages_is_answered_at_once_and_every_answer_shows_them_as_read() {
    with_chat(async |chat| {
        let (_, dentist, session) = chat.conversation().await;
        chat.fill(session, MANY).await;
        let mark = chat.mark_read(&dentist, session, MANY).await;
        assert_eq!(mark.expect(200)["marked"], MANY / 2);
        assert_eq!(mark.expect(200)["unread_count"], 0);
        // Their columns are not written yet …
        assert_eq!(marked(chat, session).await, 0);
        // … and nobody sees a difference.
        let first = chat.list(&dentist, session, &[("after", 0), ("limit", 1)]).await;
        let last = chat.list(&dentist, session, &[("before", MANY), ("limit", 1)]).await;
        let (first, last) = (&first.body["messages"][0], &last.body["messages"][0]);
        assert_eq!((&first["is_read"], &last["is_read"]), (&true.into(), &true.into()));
        assert!(first["read_at"].is_string());
        assert_eq!(first["read_at"], last["read_at"]);
    });
}

#[test]
fn its_columns_follow_in_steps_of_which_each_is_progress() {
    with_chat(async |chat| {
        let (_, dentist, session) = chat.conversation().await;
        chat.fill(session, MANY).await;
        let mark = chat.mark_read(&dentist, session, MANY - 1).await;
        assert_eq!(mark.expect(200)["marked"], MANY / 2);
        let before = chat.list(&dentist, session, &[("after", 0), ("limit", 1)]).await;
        for marked_so_far in [500, 1_000, 1_500] {
            assert_eq!(chat.database.rows(CATCH_UP, &[&1_000_i64]).await.len(), 1);
            assert_eq!(marked(chat, session).await, marked_so_far);
        }
        assert!(chat.database.rows(CATCH_UP, &[&1_000_i64]).await.is_empty());
        let after = chat.list(&dentist, session, &[("after", 0), ("limit", 1)]).await;
        assert_eq!(after.body["messages"], before.body["messages"]);
    });
}

async fn marked(chat: &Chat, session: i64) -> i64 {
    let sql = "SELECT count(*) FROM chat_messages WHERE session_id = $1 AND is_read";
    chat.database.number(sql, &[&session]).await
}
