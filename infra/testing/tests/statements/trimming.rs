//! `messages/trim`, `sessions/remove`: what is old goes from the beginning of one session on, unless a hold or another
//! job stands in the way, and nothing else does.

use crate::help::{Rows, everything, furnish, keep, only, set_session, yesterday};
use chat::store::{
    keeping::Standing,
    trimming::{self, Eraser},
};
use chat_testing::{Chat, with_chat};
use serde_json::{Value, json};
use uuid::Uuid;

/// What is new in a table: these columns of it.
fn new_in(table: &str, before: &Rows, after: &Rows, columns: &[&str]) -> Vec<Value> {
    let rows = after.difference(before).filter(|(of, _)| *of == table);
    let rows = rows.map(|(_, row)| serde_json::from_str::<Value>(row).unwrap());
    rows.map(|row| columns.iter().map(|column| row[column].clone()).collect()).collect()
}

/// An erasure of a customer's, without a look at who has the records.
async fn erasure(chat: &Chat, customer: i64, is_sealed: bool) -> Uuid {
    let sql = "INSERT INTO erasures (id, customer_id, reference, begun_at, sealed_at)
        VALUES (gen_random_uuid(), $1, 'A', now(), CASE WHEN $2 THEN now() END) RETURNING id";
    chat.database.rows(sql, &[&customer, &is_sealed]).await[0].get(0)
}

/// A customer who is being erased, and two of their sessions, beside an erasure of before, somebody else's, and
/// sessions that the dentist has with somebody else, and others.
async fn furnished(chat: &Chat) -> (i64, Uuid, [i64; 2]) {
    let (customer, dentist, session) = chat.conversation().await;
    let second = chat.session(&customer, &chat.dentist().await).await;
    let patient = chat.customer().await;
    let with_dentist = chat.session(&patient, &dentist).await;
    let (stranger, _, strangers) = chat.conversation().await;
    furnish(chat, session, 12).await;
    for other in [second, with_dentist, strangers] {
        furnish(chat, other, 20).await;
    }
    erasure(chat, customer.id, true).await;
    for other in [&patient, &stranger] {
        erasure(chat, other.id, false).await;
    }
    keep(chat, customer.id, 0, &[], ("erasure", 60.0)).await;
    (customer.id, erasure(chat, customer.id, false).await, [session, second])
}

#[test]
fn a_step_takes_the_oldest_messages_of_one_session_and_what_is_of_them() {
    with_chat(async |chat| {
        let (customer, erasure, [session, _]) = furnished(chat).await;
        // As from before images had rows of their own.
        let nameless = "UPDATE chat_messages SET image_urls = '[\"nameless\"]'
            WHERE session_id = $1 AND seq = 2";
        chat.database.rows(nameless, &[&session]).await;
        let before = everything(chat).await;
        let eraser = Eraser::Erasure(erasure);
        let step =
            trimming::trim(&chat.app().db, session.into(), eraser, 5).await.unwrap().unwrap();
        assert_eq!((step.standing, step.messages, step.images), (Standing::Free, 5, 2));
        let after = everything(chat).await;
        let gone = only(&before, |table, row| match table {
            "chat_sessions" => row["id"] == session,
            "erasures" => row["id"] == json!(erasure),
            _ => {
                let is_old = (1..=5).contains(&row["seq"].as_i64().unwrap_or_default());
                row["session_id"] == session && is_old
            }
        });
        assert_eq!(before.difference(&after).cloned().collect::<Rows>(), gone);
        let new = |table, columns: &[&str]| new_in(table, &before, &after, columns);
        assert_eq!(new("chat_sessions", &["id", "first_seq"]), [json!([session, 6])]);
        let counts = new("erasures", &["sessions", "messages", "revisions", "images"]);
        assert_eq!(counts, [json!([0, 5, 5, 2])]);
        let owed = new("erased_objects", &["customer_id", "in_records", "prefix"]);
        let expected = [
            json!([customer, false, format!("{session}-1")]),
            json!([customer, false, "nameless"]),
        ];
        assert!(owed.len() == 2 && expected.iter().all(|object| owed.contains(object)), "{owed:?}");
    });
}

#[test]
fn a_session_goes_alone_with_all_that_is_owed_and_known_of_it() {
    with_chat(async |chat| {
        let db = &chat.app().db;
        let (customer, erasure, sessions) = furnished(chat).await;
        let eraser = Eraser::Erasure(erasure);
        for session in sessions {
            trimming::trim(db, session.into(), eraser, 99).await.unwrap().unwrap();
        }
        let (session, before) = (sessions[0], everything(chat).await);
        let removed = trimming::remove(db, session.into(), eraser).await.unwrap();
        assert_eq!(removed, Some((Standing::Free, true)));
        let after = everything(chat).await;
        let gone = only(&before, |table, row| match table {
            "chat_sessions" => row["id"] == session,
            "erasures" => row["id"] == json!(erasure),
            _ => row["session_id"] == session,
        });
        assert_eq!(before.difference(&after).cloned().collect::<Rows>(), gone);
        for table in ["outbox", "read_marks", "sender_acts"] {
            assert!(gone.iter().any(|(of, _)| *of == table), "{table}");
        }
        let new = |table, columns: &[&str]| new_in(table, &before, &after, columns);
        assert_eq!(new("erasures", &["sessions", "messages"]), [json!([1, 24])]);
        let owed = new("erased_objects", &["customer_id", "in_records", "prefix"]);
        let expected = [
            json!([customer, false, format!("sessions/{session}/")]),
            json!([customer, true, format!("exports/session-{session}/")]),
        ];
        assert!(owed.len() == 2 && expected.iter().all(|object| owed.contains(object)), "{owed:?}");
        assert_eq!(trimming::remove(db, session.into(), eraser).await.unwrap(), None);
    });
}

/// A customer's two sessions of two days ago: one with two messages, and an archived one with none.
async fn old(chat: &Chat) -> (i64, i64, i64) {
    let (customer, _, full) = chat.conversation().await;
    let empty = chat.session(&customer, &chat.dentist().await).await;
    chat.fill(full, 2).await;
    let aged =
        "UPDATE chat_messages SET created_at = now() - interval '2 days' WHERE session_id = $1";
    chat.database.rows(aged, &[&full]).await;
    set_session(chat, empty, "archived", 2, 0).await;
    (customer.id, full, empty)
}

#[test]
fn what_is_held_or_anothers_to_work_on_stays_as_it_is() {
    use Standing::{Busy, Free, Held};
    /// So far from a customer's session that it is none of the test's.
    const ANOTHER: i64 = 1 << 40;
    with_chat(async |chat| {
        let db = &chat.app().db;
        keep(chat, chat.customer().await.id, 1, &[ANOTHER], ("export", 60.0)).await;
        // Holds on the customer, which session is held from this one on, the job; what is an erasure's, a period's.
        for (holds, held, job, standings) in [
            (0, None, ("erasure", 60.0), [Free, Busy]),
            (0, None, ("erasure", -60.0), [Free, Free]),
            (0, None, ("export", 60.0), [Busy, Busy]),
            (0, None, ("export", -60.0), [Busy, Free]),
            (1, None, ("erasure", -60.0), [Held, Held]),
            (0, Some(0), ("erasure", -60.0), [Held, Held]),
            (0, Some(ANOTHER), ("erasure", -60.0), [Held, Free]),
            (0, Some(ANOTHER), ("erasure", 60.0), [Held, Busy]),
        ] {
            let erasers = [Eraser::Erasure(Uuid::new_v4()), Eraser::Retention(yesterday())];
            for (eraser, expected) in erasers.into_iter().zip(standings) {
                let case = format!("{holds} {held:?} {job:?} {eraser:?}");
                let (customer, full, empty) = old(chat).await;
                let before = everything(chat).await;
                let held = |session: i64| held.map(|from| session + from);
                keep(chat, customer, holds, held(full).as_slice(), job).await;
                let step = trimming::trim(db, full.into(), eraser, 1).await.unwrap().unwrap();
                let messages = i64::from(expected == Free);
                assert_eq!((step.standing, step.messages), (expected, messages), "{case}");
                keep(chat, customer, holds, held(empty).as_slice(), job).await;
                let removed = trimming::remove(db, empty.into(), eraser).await.unwrap();
                assert_eq!(removed, Some((expected, expected == Free)), "{case}");
                assert_eq!(everything(chat).await == before, expected != Free, "{case}");
            }
        }
    });
}

#[test]
fn a_step_that_waited_for_another_goes_on_where_that_ended() {
    with_chat(async |chat| {
        let (customer, full, _) = old(chat).await;
        keep(chat, customer, 0, &[], ("erasure", -60.0)).await;
        chat.database.rows("BEGIN", &[]).await;
        let lock = "SELECT FROM record_keeping WHERE customer_id = $1 FOR UPDATE";
        chat.database.rows(lock, &[&customer]).await;
        let other_step = async {
            chat.database.until_a_lock_is_waited_for().await;
            // The one that waits still sees the message.
            let gone = "DELETE FROM chat_messages WHERE session_id = $1 AND seq = 1";
            chat.database.rows(gone, &[&full]).await;
            let moved = "UPDATE chat_sessions SET first_seq = 2 WHERE id = $1";
            chat.database.rows(moved, &[&full]).await;
            chat.database.rows("COMMIT", &[]).await;
        };
        let eraser = Eraser::Retention(yesterday());
        let step = trimming::trim(&chat.app().db, full.into(), eraser, 1);
        let (step, ()) = tokio::join!(step, other_step);
        assert_eq!(step.unwrap().unwrap().messages, 1);
        let first = "SELECT first_seq FROM chat_sessions WHERE id = $1";
        assert_eq!(chat.database.number(first, &[&full]).await, 3);
    });
}
