//! `erased_objects/*`, `exports/*`: who works on a customer's records.

use crate::help::{job, keep, owe_object};
use chat::store::{
    Subject, erased_objects,
    exports::{self, Begun},
};
use chat_testing::{Chat, with_chat};
use std::time::Duration;
use uuid::Uuid;

const MINUTE: Duration = Duration::from_mins(1);

#[test]
fn objects_to_delete_are_listed_one_customers_or_all_from_one_on() {
    with_chat(async |chat| {
        let db = &chat.app().db;
        let (customer, other) = (chat.customer().await.id, chat.customer().await.id);
        for (of, prefix) in
            [(customer, "1"), (other, "2"), (customer, "3"), (other, "4"), (customer, "5")]
        {
            owe_object(chat, of, prefix).await;
        }
        let next = async |of: Option<i64>, after: i64, limit: i64| {
            let found = erased_objects::next(db, of.map(Into::into), after, limit).await.unwrap();
            found.into_iter().map(|object| (object.id, object.prefix)).collect::<Vec<_>>()
        };
        let names = |found: &[(i64, String)]| {
            found.iter().map(|(_, prefix)| prefix.clone()).collect::<Vec<_>>()
        };
        let mine = next(Some(customer), 0, 9).await;
        assert_eq!(names(&mine), ["1", "3", "5"]);
        assert_eq!(names(&next(Some(customer), 0, 2).await), ["1", "3"]);
        assert_eq!(names(&next(Some(customer), mine[0].0, 9).await), ["3", "5"]);
        assert_eq!(names(&next(None, 0, 9).await), ["1", "2", "3", "4", "5"]);
        assert_eq!(names(&next(None, mine[0].0, 2).await), ["2", "3"]);
        erased_objects::done(db, &[mine[0].0, mine[1].0]).await.unwrap();
        assert_eq!(names(&next(None, 0, 9).await), ["2", "4", "5"]);
    });
}

async fn export(chat: &Chat, subject: Subject) -> Option<(Uuid, i64)> {
    let begun = exports::begin(&chat.app().db, subject, Uuid::new_v4(), "export", MINUTE).await;
    match begun.unwrap() {
        Begun::Export { id, customer, .. } => Some((id, customer.get())),
        Begun::NoSession | Begun::Busy => None,
    }
}

#[test]
fn an_export_goes_on_until_it_is_finished_a_day_old_or_followed_by_an_erasure() {
    with_chat(async |chat| {
        let db = &chat.app().db;
        let (customer, _, session) = chat.conversation().await;
        let (other, _, elsewhere) = chat.conversation().await;
        let whole = Subject::Customer(customer.id.into());
        let one = Subject::Session(session.into());
        let (first, of) = export(chat, whole).await.unwrap();
        let (single, of_single) = export(chat, one).await.unwrap();
        let (others, of_other) = export(chat, Subject::Session(elsewhere.into())).await.unwrap();
        assert_eq!((of, of_single, of_other), (customer.id, customer.id, other.id));
        assert!(
            export(chat, Subject::Session(elsewhere.saturating_add(session).into()))
                .await
                .is_none()
        );
        for (subject, id) in
            [(whole, first), (one, single), (Subject::Session(elsewhere.into()), others)]
        {
            assert_eq!(export(chat, subject).await.unwrap().0, id);
        }
        // An erasure of another customer, or of before, changes nothing.
        let erased = "INSERT INTO erasures (id, customer_id, reference, begun_at)
            VALUES (gen_random_uuid(), $1, 'A', now() + make_interval(hours => $2))";
        chat.database.rows(erased, &[&other.id, &1]).await;
        chat.database.rows(erased, &[&customer.id, &-1]).await;
        assert_eq!(export(chat, whole).await.unwrap().0, first);
        let old = "UPDATE exports SET begun_at = now() - interval '25 hours' WHERE id = $1";
        chat.database.rows("DELETE FROM erasures", &[]).await;
        chat.database.rows(old, &[&first]).await;
        let second = export(chat, whole).await.unwrap().0;
        assert_ne!(second, first);
        chat.database.rows(erased, &[&customer.id, &1]).await;
        let third = export(chat, whole).await.unwrap().0;
        assert_ne!(third, second);

        keep(chat, customer.id, 0, &[], ("erasure", 60.0)).await;
        assert!(export(chat, whole).await.is_none());
        keep(chat, customer.id, 0, &[], ("erasure", -60.0)).await;
        assert!(export(chat, whole).await.is_some());
        exports::finish(db, single, "key", "sum", "another job").await.unwrap();
        assert_eq!(job(chat, customer.id).await, (Some("export".to_owned()), true));
        exports::finish(db, others, "key", "sum", "export").await.unwrap();
        assert_eq!(job(chat, customer.id).await, (Some("export".to_owned()), true));
        assert_eq!(job(chat, other.id).await, (None, false));
        let unfinished = "SELECT count(*) FROM exports WHERE finished_at IS NULL";
        assert_eq!(chat.database.number(unfinished, &[]).await, 1);
    });
}
