//! What is idle is archived, in steps, whosesoever it is.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat::store::sessions;
use chat_testing::{Chat, with_chat};

/// Sessions of dentists from this one on, of one age, one for each customer.
async fn seed(chat: &Chat, dentists: i64, each: i64, status: &str, age: &str) {
    let sql = format!(
        "INSERT INTO chat_sessions (customer_id, dentist_id, status, created_at, updated_at)
         SELECT (SELECT count(*) FROM chat_sessions) + 1000000 + row_number() OVER (), dentist, '{status}', at, at
         FROM generate_series(1000000, 1000000 + {dentists} - 1) dentist, generate_series(1, {each}),
              LATERAL (SELECT now() - interval '{age}' AS at) age"
    );
    chat.database.rows(&sql, &[]).await;
}

async fn archived_in_a_run(chat: &Chat) -> usize {
    let environment = chat.environment_with(&[("AUTO_ARCHIVE_DAYS", "30")]);
    archive_sessions::run(environment.app()).await.unwrap().archived
}

#[test]
fn what_is_idle_is_archived_however_many_sessions_a_dentist_has() {
    with_chat(async |chat| {
        // More than two steps look at, all as old as one another.
        seed(chat, 2, 250, "active", "31 days").await;
        seed(chat, 3, 5, "active", "29 days").await;
        assert_eq!(archived_in_a_run(chat).await, 500);
        let left = "SELECT count(*) FROM chat_sessions WHERE status = 'active'
                    AND updated_at > now() - interval '30 days'";
        assert_eq!(chat.database.number(left, &[]).await, 15);
        assert_eq!(archived_in_a_run(chat).await, 0);
    });
}

#[test]
fn what_is_idle_is_found_behind_dentists_who_have_nothing_idle() {
    with_chat(async |chat| {
        // More than a step passes by.
        seed(chat, 4_500, 1, "archived", "40 days").await;
        let (customer, _, waiting) = chat.conversation().await;
        chat.say(&customer, waiting, "May I eat?").await;
        let last = "INSERT INTO chat_sessions (customer_id, dentist_id, updated_at)
                    SELECT max(customer_id) + 1, max(dentist_id), now() - interval '31 days' FROM chat_sessions";
        chat.database.rows(last, &[]).await;
        // Answered, under the number of what nobody has answered.
        let (_, dentist, answered) = chat.conversation().await;
        chat.say(&dentist, answered, "You may").await;
        let all_old =
            "UPDATE chat_sessions SET updated_at = now() - interval '31 days' WHERE id = ANY ($1)";
        chat.database.rows(all_old, &[&[waiting, answered].as_slice()]).await;
        assert_eq!(archived_in_a_run(chat).await, 2);
        assert_eq!(chat.get(&customer, waiting).await.body["status"], "active");
    });
}

#[test]
fn archiving_looks_at_no_more_pages_beside_very_many_archived_sessions() {
    with_chat(async |chat| {
        let mut pages = Vec::new();
        for archived in [0, 20_000] {
            seed(chat, 10, archived / 10, "archived", "400 days").await;
            chat.database.rows("VACUUM ANALYZE chat_sessions", &[]).await;
            let before = chat.database.pages_looked_at().await;
            assert_eq!(archived_in_a_run(chat).await, 0);
            pages.push(chat.database.pages_looked_at().await - before);
        }
        // Ten dentists, each met by a key; twenty thousand sessions fill hundreds of pages.
        assert!(pages[1] <= pages[0] + 120, "{pages:?}");
    });
}

#[test]
fn a_step_archives_as_many_as_it_may_and_says_where_the_next_goes_on() {
    with_chat(async |chat| {
        seed(chat, 1, 5, "active", "31 days").await;
        let (mut from, mut archived) = (None, Vec::new());
        loop {
            let step = sessions::archive_idle(&chat.app().db, 30, 2, from).await.unwrap();
            archived.push(step.archived.len());
            from = step.next;
            if from.is_none() {
                break;
            }
        }
        assert_eq!(archived, [2, 2, 1]);
    });
}
