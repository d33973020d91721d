//! A catch-up of several pages.

use crate::help::{caught_up, changes, crowd, ids, next, seqs, since};
use chat_testing::with_chat;
use serde_json::{Value, json};

#[test]
fn a_session_that_moves_while_a_first_start_is_read_is_not_missed() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 4).await;
        let (customer, oldest) = &sessions[0];
        chat.say(customer, *oldest, "one").await;
        for (customer, session) in &sessions[1..] {
            chat.say(customer, *session, "hello").await;
        }
        chat.quiet().await;
        let first = chat.sync(&dentist, &[("limit", "2")]).await.body;
        chat.say(customer, *oldest, "two").await;
        chat.quiet().await;
        let rest = chat.sync(&dentist, &[("since", next(&first))]).await.body;
        assert_eq!((ids(&rest), &rest["has_more"]), (vec![sessions[1].1], &json!(true)));
        let moved = since(chat, &dentist, next(&rest)).await;
        // Also what was there before the first page: the client has never seen it.
        assert_eq!((ids(&moved), &moved["has_more"]), (vec![*oldest], &json!(false)));
        assert_eq!(seqs(&changes(&moved)[0]), [1, 2]);
        assert_eq!(changes(&since(chat, &dentist, next(&moved)).await), [] as [Value; 0]);
    });
}

#[test]
fn all_pages_of_a_catch_up_have_the_messages_since_its_beginning() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 3).await;
        let cursor = caught_up(chat, &dentist).await;
        for (customer, session) in &sessions {
            chat.say(customer, *session, "one").await;
        }
        let first = chat.sync(&dentist, &[("since", &cursor), ("limit", "1")]).await.body;
        assert_eq!((ids(&first), &first["has_more"]), (vec![sessions[0].1], &json!(true)));
        let (customer, second) = &sessions[1];
        chat.say(customer, *second, "two").await;
        chat.quiet().await;
        let rest = since(chat, &dentist, next(&first)).await;
        assert_eq!(ids(&rest), [sessions[2].1, *second]);
        assert_eq!(changes(&rest).iter().map(seqs).collect::<Vec<_>>(), [vec![1], vec![1, 2]]);
    });
}

#[test]
fn what_one_transaction_has_changed_is_told_over_as_many_pages_as_it_takes() {
    with_chat(async |chat| {
        let (customer, dentist, _) = chat.conversation().await;
        let mut cursor = caught_up(chat, &dentist).await;
        // Stored in an order that is not that of their ids.
        let sql = "INSERT INTO chat_sessions (id, customer_id, dentist_id, status)
            SELECT 1000 - number, $1::bigint, $2::bigint, 'archived' FROM generate_series(1, 250) number";
        chat.database.rows(sql, &[&customer.id, &dentist.id]).await;
        let mut told = Vec::new();
        for has_more in [true, true, true, true, false] {
            let page = since(chat, &dentist, &cursor).await;
            assert_eq!((ids(&page).len(), &page["has_more"]), (50, &json!(has_more)));
            told.extend(ids(&page));
            next(&page).clone_into(&mut cursor);
        }
        assert!(told.into_iter().eq(750..1000));
    });
}

#[test]
fn a_page_that_would_not_fit_an_answer_is_shorter() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 6).await;
        for (_, session) in &sessions {
            chat.fill(*session, 20).await;
        }
        let widest = "UPDATE chat_messages SET content = repeat(chr(1), 8192)";
        chat.database.rows(widest, &[]).await;
        chat.quiet().await;
        let mut found = Vec::new();
        let mut page = chat.sync(&dentist, &[]).await;
        assert!(page.expect(200)["has_more"] == true && page.text.len() < 6_000_000);
        found.extend(ids(&page.body));
        while page.body["has_more"] == true {
            page = chat.sync(&dentist, &[("since", next(&page.body))]).await;
            found.extend(ids(&page.body));
        }
        found.sort_unstable();
        assert_eq!(found, sessions.iter().map(|(_, session)| *session).collect::<Vec<_>>());
    });
}
