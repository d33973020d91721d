//! Which rows are taken, and what comes with them.

use crate::help::{LEASE, owe, rows_where, seqs, session_of, take};
use chat::store::outbox::{Change, Work};
use chat_testing::{Chat, with_chat};

#[test]
fn due_rows_of_one_work_are_taken_oldest_first_and_no_others() {
    with_chat(async |chat| {
        let session = session_of(chat, 6).await;
        for (seq, due_in) in [(1, -180.0), (2, -300.0), (3, -60.0), (4, 3_600.0), (5, -3_600.0)] {
            owe(chat, session, ("message", seq, "frames"), due_in).await;
        }
        chat.database.rows("UPDATE outbox SET parked_at = now() WHERE seq = 5", &[]).await;
        owe(chat, session, ("message", 1, "images"), -3_600.0).await;
        owe(chat, session, ("message", 2, "push"), -3_600.0).await;

        let taken = take(chat, Work::Frames, 2).await;
        assert_eq!(seqs(&taken), [1, 2]);
        assert!(taken.iter().all(|taken| taken.attempts == 1));
        let condition = "attempts = 1 AND due_at BETWEEN now() + interval '20 seconds'
            AND now() + interval '30 seconds'";
        assert_eq!(rows_where(chat, condition).await.len(), 2);
        assert_eq!(LEASE.as_secs(), 30);
        assert_eq!(seqs(&take(chat, Work::Frames, 16).await), [3]);
        assert!(take(chat, Work::Frames, 16).await.is_empty());
        assert_eq!(seqs(&take(chat, Work::Images, 16).await), [1]);
        assert_eq!(seqs(&take(chat, Work::Push, 16).await), [2]);
        let untouched = rows_where(chat, "attempts = 0").await;
        assert_eq!(untouched.iter().map(|row| row.2).collect::<Vec<_>>(), [4, 5]);
    });
}

#[test]
fn a_change_that_a_newer_program_made_is_left_to_it() {
    with_chat(async |chat| {
        let session = session_of(chat, 1).await;
        chat.database.rows("ALTER TYPE outbox_change ADD VALUE 'unheard_of'", &[]).await;
        owe(chat, session, ("unheard_of", 1, "frames"), -60.0).await;
        let known =
            ["message", "message_updated", "created", "updated", "customer_read", "dentist_read"];
        for change in known {
            owe(chat, session, (change, 1, "frames"), -60.0).await;
        }
        assert_eq!(take(chat, Work::Frames, 16).await.len(), known.len());
        assert_eq!(rows_where(chat, "attempts = 0").await[0].1, "unheard_of");
    });
}

#[test]
fn frames_are_for_whoever_is_online_on_either_side_but_where_the_change_was_made() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.fill(session, 2).await;
        let (phone, tablet) = (chat.connect(&customer).await, chat.connect(&customer).await);
        let (desk, laptop) = (chat.connect(&dentist).await, chat.connect(&dentist).await);
        for person in [&customer, &dentist] {
            let over = chat.connect(person).await;
            chat.set_connection(&over, "expires_at = now()").await;
        }
        for stranger in [chat.customer().await, chat.dentist().await] {
            chat.connect(&stranger).await;
        }
        for namesake in [&customer, &dentist] {
            chat.connect(&chat.people.namesake(namesake).await).await;
        }
        for (seq, origin) in [(1, &phone), (2, &desk)] {
            owe(chat, session, ("message", seq, "frames"), -60.0).await;
            owe(chat, session, ("message", seq, "images"), -60.0).await;
            let sql = "UPDATE outbox SET origin = $2 WHERE seq = $1";
            chat.database.rows(sql, &[&seq, origin]).await;
        }

        let taken = take(chat, Work::Frames, 16).await;
        let sorted = |mut connections: Vec<String>| {
            connections.sort();
            connections
        };
        let audiences: Vec<_> = taken.iter().map(|taken| taken.row.audience.clone()).collect();
        assert_eq!(audiences[0].customer, std::slice::from_ref(&tablet));
        assert_eq!(sorted(audiences[0].dentist.clone()), sorted(vec![desk, laptop.clone()]));
        assert_eq!(sorted(audiences[1].customer.clone()), sorted(vec![phone, tablet]));
        assert_eq!(sorted(audiences[1].dentist.clone()), [laptop]);
        // Nobody is in the audience of anything else.
        let images = take(chat, Work::Images, 16).await;
        assert_eq!(images.len(), 2);
        assert!(images.iter().all(|taken| taken.row.audience.is_empty()));
    });
}

#[test]
fn a_row_comes_with_its_own_session_and_the_message_that_it_is_about_or_else_the_last() {
    with_chat(async |chat| {
        let (first, second) = (session_of(chat, 3).await, session_of(chat, 3).await);
        for session in [first, second] {
            let sql =
                "UPDATE chat_messages SET content = 'message of ' || session_id || ', ' || seq
                WHERE session_id = $1";
            chat.database.rows(sql, &[&session]).await;
        }
        owe(chat, first, ("message", 2, "frames"), -60.0).await;
        owe(chat, first, ("message_updated", 1, "frames"), -60.0).await;
        owe(chat, second, ("updated", 0, "frames"), -60.0).await;
        let mut found = Vec::new();
        for taken in take(chat, Work::Frames, 16).await {
            let message = taken.session.last_message.unwrap();
            found.push((taken.session.id.get(), taken.row.lease.change, message.content));
        }
        found.sort_by_key(|(session, change, _)| (*session, change.name()));
        let text = |session: i64, seq: i64| format!("message of {session}, {seq}");
        let expected = [
            (first, Change::Message(2), text(first, 2)),
            (first, Change::MessageUpdated(1), text(first, 1)),
            (second, Change::Updated, text(second, 3)),
        ];
        assert_eq!(found, expected);
    });
}

#[test]
fn only_the_images_of_a_retracted_message_come_with_what_is_owed_for_them() {
    with_chat(async |chat| {
        let (first, second) = (session_of(chat, 3).await, session_of(chat, 3).await);
        for session in [first, second] {
            for seq in [1_i64, 2] {
                named(chat, session, seq).await;
                owe(chat, session, ("message_updated", seq, "images"), -60.0).await;
            }
            owe(chat, session, ("message_updated", 1, "frames"), -60.0).await;
        }
        let retracted = "UPDATE chat_messages
            SET content = '', retracted_at = now() WHERE session_id = $1 AND seq = 1";
        chat.database.rows(retracted, &[&first]).await;
        for taken in take(chat, Work::Images, 16).await {
            let (session, seq) = (taken.session.id.get(), taken.row.lease.change.seq());
            let is_retracted = (session, seq) == (first, 1);
            let expected = if is_retracted { vec![key(session, seq)] } else { vec![] };
            assert_eq!(taken.retracted_images, expected);
        }
        for taken in take(chat, Work::Frames, 16).await {
            assert!(taken.retracted_images.is_empty());
        }
    });
}

fn key(session: i64, seq: i64) -> String {
    format!("an image of {session}, {seq}")
}

async fn named(chat: &Chat, session: i64, seq: i64) {
    let sql = "INSERT INTO message_images (key, session_id, seq) VALUES ($1, $2, $3)";
    chat.database.rows(sql, &[&key(session, seq), &session, &seq]).await;
}
