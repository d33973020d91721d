//! Which sessions one step archives, what it gives back, and who is told.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat::store::sessions;
use chat_testing::{Chat, with_chat};

/// Lets nothing happen in a session for so many days; what anyone wrote there is read.
async fn leave(chat: &Chat, session: i64, days: i32) {
    let sql = "UPDATE chat_sessions SET updated_at = now() - make_interval(days => $2),
        customer_read_seq = last_seq, dentist_read_seq = last_seq WHERE id = $1";
    chat.database.rows(sql, &[&session, &days]).await;
}

async fn with_status(chat: &Chat, status: &str) -> Vec<i64> {
    let sql = "SELECT id FROM chat_sessions WHERE status::text = $1 ORDER BY id";
    chat.database.rows(sql, &[&status]).await.iter().map(|row| row.get(0)).collect()
}

#[test]
fn idle_sessions_are_archived_with_their_last_messages_and_no_others() {
    with_chat(async |chat| {
        let mut all = Vec::new();
        for days in [45, 50, 40, 0, 60] {
            let session = chat.conversation().await.2;
            chat.fill(session, 2).await;
            leave(chat, session, days).await;
            all.push(session);
        }
        chat.archive(all[4]).await;
        chat.database.rows("DELETE FROM outbox", &[]).await;
        let places = "SELECT string_agg(updated_at::text, ',' ORDER BY id) FROM chat_sessions";
        let before: String = chat.database.rows(places, &[]).await[0].get(0);

        let step = sessions::archive_idle(&chat.app().db, 30, 200, None).await.unwrap();
        let mut ids: Vec<_> = step.archived.iter().map(|(session, _)| session.id.get()).collect();
        ids.sort_unstable();
        assert_eq!(ids, all[..3]);
        for (session, row) in &step.archived {
            assert_eq!(row.lease.session, session.id);
            let last = session.last_message.as_ref().unwrap();
            assert_eq!((last.session_id, last.seq), (session.id, 2));
        }
        assert_eq!(with_status(chat, "active").await, [all[3]]);
        let after: String = chat.database.rows(places, &[]).await[0].get(0);
        assert_eq!(after, before);
        let owed =
            "SELECT session_id FROM outbox WHERE change = 'updated' AND work = 'frames' ORDER BY 1";
        let owed: Vec<i64> =
            chat.database.rows(owed, &[]).await.iter().map(|row| row.get(0)).collect();
        assert_eq!(owed, all[..3]);
    });
}

#[test]
fn a_session_whose_customer_waits_for_an_answer_is_left_alone() {
    with_chat(async |chat| {
        // (how many messages, how far the dentist has read, whether the customer waits); odd ones are the
        // customer's.
        let mut left_alone = Vec::new();
        for (count, dentist_read, waits) in
            [(3, 2, true), (3, 3, false), (2, 0, false), (1, 0, true)]
        {
            let session = chat.conversation().await.2;
            chat.fill(session, count).await;
            leave(chat, session, 40).await;
            let sql = "UPDATE chat_sessions SET dentist_read_seq = $2::bigint WHERE id = $1";
            chat.database.rows(sql, &[&session, &i64::from(dentist_read)]).await;
            if waits {
                left_alone.push(session);
            }
        }
        sessions::archive_idle(&chat.app().db, 30, 200, None).await.unwrap();
        assert_eq!(with_status(chat, "active").await, left_alone);
    });
}

#[test]
fn archiving_is_told_to_whoever_is_online_on_either_side() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (phone, desk) = (chat.connect(&customer).await, chat.connect(&dentist).await);
        for person in [&customer, &dentist] {
            let over = chat.connect(person).await;
            chat.set_connection(&over, "expires_at = now()").await;
            chat.connect(&chat.people.namesake(person).await).await;
        }
        for stranger in [chat.customer().await, chat.dentist().await] {
            chat.connect(&stranger).await;
        }
        leave(chat, session, 40).await;
        let step = sessions::archive_idle(&chat.app().db, 30, 200, None).await.unwrap();
        let audience = &step.archived[0].1.audience;
        assert_eq!((&audience.customer, &audience.dentist), (&vec![phone], &vec![desk]));
    });
}
