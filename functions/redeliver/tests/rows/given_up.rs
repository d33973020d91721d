//! How the outbox stands as a whole, and what becomes of rows that were given up.

use crate::help::{owe, rows_where};
use chat::store::outbox;
use chat_testing::{Chat, with_chat};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(2);

async fn park(chat: &Chat, seq: i64, minutes_ago: i32) {
    let sql = "UPDATE outbox SET attempts = 5, parked_at = now() - make_interval(mins => $2) WHERE seq = $1";
    chat.database.rows(sql, &[&seq, &minutes_ago]).await;
}

#[test]
fn the_outbox_is_as_old_as_its_oldest_row_that_is_due_and_not_given_up() {
    with_chat(async |chat| {
        let (db, session) = (&chat.app().db, chat.conversation().await.2);
        chat.database.rows("DELETE FROM outbox", &[]).await;
        owe(chat, session, ("message", 1, "frames"), -600.0).await;
        owe(chat, session, ("message", 2, "frames"), -300.0).await;
        owe(chat, session, ("message", 3, "images"), -1_200.0).await;
        owe(chat, session, ("message", 4, "push"), 3_600.0).await;
        owe(chat, session, ("message", 5, "push"), -7_200.0).await;
        park(chat, 5, 1).await;
        for (seq, time) in [(6_i64, "infinity"), (7, "-infinity")] {
            owe(chat, session, ("message", seq, "frames"), 0.0).await;
            let sql = "UPDATE outbox SET due_at = $2::text::timestamptz WHERE seq = $1";
            chat.database.rows(sql, &[&seq, &time]).await;
        }
        let state = outbox::state(db, SOON).await.unwrap();
        assert!((1_200.0..1_300.0).contains(&state.age_seconds), "{state:?}");
        assert_eq!((state.soon_due, state.parked), (true, 1));

        let rest = "DELETE FROM outbox WHERE seq IN (1, 2, 3, 5)";
        chat.database.rows(rest, &[]).await;
        let state = outbox::state(db, SOON).await.unwrap();
        assert!(state.age_seconds.abs() < f64::EPSILON, "{state:?}");
        assert_eq!((state.soon_due, state.parked), (false, 0));
        chat.database.rows("DELETE FROM outbox WHERE seq = 4", &[]).await;
        assert!(!outbox::state(db, SOON).await.unwrap().soon_due);
    });
}

#[test]
fn very_many_rows_given_up_are_not_counted_to_the_end_nor_all_listed() {
    with_chat(async |chat| {
        let (db, session) = (&chat.app().db, chat.conversation().await.2);
        let sql =
            "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at, parked_at)
            SELECT $1, 'message', seq, 'frames', now(), now(), now() - make_interval(secs => seq)
            FROM generate_series(1, 10010) seq";
        chat.database.rows(sql, &[&session]).await;
        assert_eq!(outbox::state(db, SOON).await.unwrap().parked, 10_001);
        let listed = outbox::parked(db).await.unwrap();
        assert_eq!((listed.len(), listed[0].seq), (1_000, 10_010));
    });
}

#[test]
fn rows_given_up_are_listed_and_tried_again_from_the_oldest_on() {
    with_chat(async |chat| {
        let (db, session) = (&chat.app().db, chat.conversation().await.2);
        chat.database.rows("DELETE FROM outbox", &[]).await;
        for seq in 1..=4 {
            owe(chat, session, ("message", seq, "frames"), 3_600.0).await;
        }
        for (seq, minutes_ago) in [(1, 10), (2, 30), (3, 20)] {
            park(chat, seq, minutes_ago).await;
        }
        let listed = outbox::parked(db).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.seq).collect::<Vec<_>>(), [2, 3, 1]);

        assert_eq!(outbox::unpark(db, 2).await.unwrap(), 2);
        let due = "attempts = 0 AND parked_at IS NULL AND due_at <= now()";
        let seqs = async |condition| {
            let rows = rows_where(chat, condition).await;
            rows.into_iter().map(|row| row.2).collect::<Vec<_>>()
        };
        assert_eq!(seqs(due).await, [2, 3]);
        assert_eq!(seqs("parked_at IS NOT NULL AND attempts = 5").await, [1]);
        assert_eq!(outbox::unpark(db, 10).await.unwrap(), 1);
        assert_eq!(seqs(due).await, [1, 2, 3]);
        // What was never given up stays as it is.
        assert_eq!(seqs("due_at > now()").await, [4]);
        assert_eq!(outbox::unpark(db, 10).await.unwrap(), 0);
    });
}
