//! Whose a cursor is, and of which database.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat_testing::{Chat, Database, Person, with_chat};

async fn cursor(chat: &Chat, person: &Person) -> String {
    let page = chat.sync(person, &[]).await;
    page.expect(200)["next"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_not_a_cursor_of_the_callers_is_refused() {
    with_chat(async |chat| {
        let (customer, dentist, _) = chat.conversation().await;
        let (of_customer, of_dentist) =
            (cursor(chat, &customer).await, cursor(chat, &dentist).await);
        let twice = format!("{of_customer},{of_customer}");
        for wrong in ["", "0", "x", twice.as_str(), of_dentist.as_str()] {
            let reply = chat.sync(&customer, &[("since", wrong)]).await;
            reply.assert_invalid_field("since");
        }
        let reply = chat.sync(&chat.customer().await, &[("since", &of_customer)]).await;
        reply.assert_invalid_field("since");
        for wrong in ["0", "101", "-1", "x", ""] {
            let reply = chat.sync(&customer, &[("limit", wrong)]).await;
            reply.assert_invalid_field("limit");
        }
        assert_eq!(chat.sync(&customer, &[("since", &of_customer)]).await.status, 200);
    });
}

#[test]
fn a_cursor_does_not_go_stale() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let old = cursor(chat, &customer).await;
        chat.say(&dentist, session, "hello").await;
        for _ in 0..3 {
            chat.database.rows("SELECT pg_current_xact_id()", &[]).await;
            let page = chat.sync(&customer, &[("since", &old)]).await;
            assert_eq!(page.expect(200)["changes"][0]["messages"][0]["content"], "hello");
        }
    });
}

#[test]
fn a_cursor_of_another_database_is_expired() {
    with_chat(async |chat| {
        let (customer, _, _) = chat.conversation().await;
        let cursor = cursor(chat, &customer).await;
        // Made from the same template, and counted in the same transactions.
        let other = Database::create(&chat.endpoints).await;
        let there = chat.environment_with(&[("DATABASE_URL", other.service_url.as_str())]);
        assert_eq!(there.sync(&customer, &[]).await.status, 200);
        there.sync(&customer, &[("since", &cursor)]).await.assert_problem("sync_expired");
        drop(there);
        other.remove().await.unwrap();
    });
}

#[test]
fn a_cursor_that_is_ahead_of_the_database_is_expired() {
    with_chat(async |chat| {
        let (customer, _, _) = chat.conversation().await;
        let cursor = cursor(chat, &customer).await;
        let text = String::from_utf8(BASE64.decode(&cursor).unwrap()).unwrap();
        let parts: Vec<&str> = text.split('.').collect();
        let ahead = |index: usize| {
            let mut parts = parts.clone();
            parts[index] = "9000000000000000000";
            BASE64.encode(parts.join("."))
        };
        // The messages' transaction, and the position among the changes.
        for cursor in [ahead(3), ahead(6)] {
            chat.sync(&customer, &[("since", &cursor)]).await.assert_problem("sync_expired");
        }
        assert_eq!(chat.sync(&customer, &[("since", &cursor)]).await.status, 200);
    });
}

#[test]
fn a_backup_that_was_put_back_gets_a_history_of_its_own() {
    with_chat(async |chat| {
        let (customer, _, _) = chat.conversation().await;
        let cursor = cursor(chat, &customer).await;
        chat.database.rows("UPDATE database_history SET id = DEFAULT", &[]).await;
        chat.sync(&customer, &[("since", &cursor)]).await.assert_problem("sync_expired");
        assert_eq!(chat.sync(&customer, &[]).await.status, 200);
    });
}
