//! Nothing happens to a row without its lease, nor to any other row with it.

use crate::help::{owe, rows_where, session_of};
use chat::store::outbox::{self, Change, Lease, Work};
use chat_testing::{Chat, with_chat};
use std::time::Duration;

/// Rows of one version that differ in one thing each, and the lease of the first.
async fn alike(chat: &Chat) -> Lease {
    let (first, second) = (session_of(chat, 2).await, session_of(chat, 2).await);
    owe(chat, first, ("message", 1, "frames"), -60.0).await;
    owe(chat, second, ("message", 1, "frames"), -60.0).await;
    owe(chat, first, ("message_updated", 1, "frames"), -60.0).await;
    owe(chat, first, ("message", 2, "frames"), -60.0).await;
    owe(chat, first, ("message", 1, "images"), -60.0).await;
    chat.database.rows("UPDATE outbox SET version = 7", &[]).await;
    of_first_message(first)
}

/// The lease of version 7 of the frames of a session's first message.
fn of_first_message(session: i64) -> Lease {
    Lease { session: session.into(), change: Change::Message(1), work: Work::Frames, version: 7 }
}

fn row_of(lease: &Lease) -> (i64, String, i64, String) {
    let work = lease.work.name().to_owned();
    (lease.session.get(), lease.change.name().to_owned(), lease.change.seq(), work)
}

#[test]
fn a_lease_postpones_its_own_row_and_an_old_one_none() {
    with_chat(async |chat| {
        let lease = alike(chat).await;
        let later = "due_at BETWEEN now() + interval '50 seconds' AND now() + interval '1 minute'";
        let (db, minute) = (&chat.app().db, Duration::from_mins(1));
        outbox::postpone(db, &Lease { version: 6, ..lease }, minute).await.unwrap();
        assert!(rows_where(chat, "due_at > now()").await.is_empty());
        outbox::postpone(db, &lease, minute).await.unwrap();
        assert_eq!(rows_where(chat, later).await, [row_of(&lease)]);
        assert_eq!(rows_where(chat, "due_at < now()").await.len(), 4);
    });
}

#[test]
fn a_lease_parks_its_own_row_and_an_old_one_none() {
    with_chat(async |chat| {
        let lease = alike(chat).await;
        outbox::park(&chat.app().db, &Lease { version: 6, ..lease }).await.unwrap();
        assert!(rows_where(chat, "parked_at IS NOT NULL").await.is_empty());
        outbox::park(&chat.app().db, &lease).await.unwrap();
        assert_eq!(rows_where(chat, "parked_at IS NOT NULL").await, [row_of(&lease)]);
    });
}

#[test]
fn a_lease_settles_its_own_row_and_an_old_one_none() {
    with_chat(async |chat| {
        let lease = alike(chat).await;
        outbox::settle(&chat.app().db, &Lease { version: 6, ..lease }).await.unwrap();
        let before = rows_where(chat, "true").await;
        assert_eq!(before.len(), 5);
        outbox::settle(&chat.app().db, &lease).await.unwrap();
        let expected: Vec<_> = before.into_iter().filter(|row| *row != row_of(&lease)).collect();
        assert_eq!(rows_where(chat, "true").await, expected);
    });
}

#[test]
fn who_is_late_is_told_to_who_has_the_lease_and_to_nobody_else() {
    with_chat(async |chat| {
        let (stranger, other_dentist, elsewhere) = chat.conversation().await;
        for person in [&stranger, &other_dentist] {
            chat.connect(person).await;
        }
        let (customer, dentist, session) = chat.conversation().await;
        chat.fill(session, 2).await;
        chat.database.rows("DELETE FROM outbox", &[]).await;
        owe(chat, session, ("message", 1, "frames"), -60.0).await;
        chat.database.rows("UPDATE outbox SET version = 7", &[]).await;
        let (phone, tablet) = (chat.connect(&customer).await, chat.connect(&customer).await);
        let desk = chat.connect(&dentist).await;
        let lease = of_first_message(session);
        let others = [
            Lease { session: elsewhere.into(), ..lease },
            Lease { change: Change::MessageUpdated(1), ..lease },
            Lease { change: Change::Message(2), ..lease },
            Lease { work: Work::Images, ..lease },
            Lease { version: 6, ..lease },
        ];
        let (db, served) = (&chat.app().db, [tablet]);
        for other in others {
            let late =
                outbox::settle_frames(db, &other, &served, chat::clock::instant()).await.unwrap();
            assert!(late.is_empty(), "{other:?}");
        }
        let late =
            outbox::settle_frames(db, &lease, &served, chat::clock::instant()).await.unwrap();
        assert_eq!((&late.customer, &late.dentist), (&vec![phone], &vec![desk]));
        assert_eq!(rows_where(chat, "true").await.len(), 1);
    });
}

#[test]
fn nobody_is_late_who_is_offline_connected_later_or_someone_else() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.fill(session, 1).await;
        chat.database.rows("DELETE FROM outbox", &[]).await;
        owe(chat, session, ("message", 1, "frames"), -60.0).await;
        chat.database.rows("UPDATE outbox SET version = 7", &[]).await;
        for person in [&customer, &dentist] {
            let (over, later) = (chat.connect(person).await, chat.connect(person).await);
            chat.set_connection(&over, "expires_at = now()").await;
            chat.set_connection(&later, "connected_at = now() + interval '1 hour'").await;
            chat.connect(&chat.people.namesake(person).await).await;
        }
        for stranger in [chat.customer().await, chat.dentist().await] {
            chat.connect(&stranger).await;
        }
        let lease = of_first_message(session);
        let late = outbox::settle_frames(&chat.app().db, &lease, &[], chat::clock::instant())
            .await
            .unwrap();
        assert!(late.is_empty(), "{late:?}");
        assert!(rows_where(chat, "true").await.is_empty());
    });
}
