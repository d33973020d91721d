//! `erasures/*`: an erasure takes what is one customer's, and nothing else.

use crate::help::{job, keep, owe_object};
use chat::store::{
    erased_objects,
    erasures::{self, Erasure, Wanted},
    keeping::Standing,
};
use chat_testing::{Chat, new_id, with_chat};
use uuid::Uuid;

async fn begin(chat: &Chat, customer: i64, reference: &str) -> (Standing, Option<Erasure>) {
    let wanted =
        Wanted { id: Uuid::new_v4(), customer: customer.into(), reference, begun_at: None };
    erasures::begin(&chat.app().db, &wanted).await.unwrap()
}

#[test]
fn an_erasure_begins_unless_a_hold_stands_or_another_job_has_the_records() {
    with_chat(async |chat| {
        let others = chat.customer().await.id;
        keep(chat, others, 1, &[7], ("export", 60.0)).await;
        let cases = [
            (0, &[][..], ("erasure", 60.0), Standing::Free),
            (0, &[], ("erasure", -60.0), Standing::Free),
            (0, &[], ("export", -60.0), Standing::Free),
            (0, &[], ("export", 60.0), Standing::Busy),
            (1, &[], ("export", -60.0), Standing::Held),
            (0, &[7][..], ("export", -60.0), Standing::Held),
            (1, &[], ("erasure", 60.0), Standing::Held),
        ];
        for (holds, sessions, before, expected) in cases {
            let customer = chat.customer().await.id;
            keep(chat, customer, holds, sessions, before).await;
            let (standing, erasure) = begin(chat, customer, "A").await;
            let case = format!("{holds} {sessions:?} {before:?}");
            assert_eq!(standing, expected, "{case}");
            assert_eq!(erasure.is_some(), expected == Standing::Free, "{case}");
            let (name, is_busy) =
                if erasure.is_some() { ("erasure", true) } else { (before.0, before.1 > 0.0) };
            assert_eq!(job(chat, customer).await, (Some(name.to_owned()), is_busy), "{case}");
        }
        assert_eq!(job(chat, others).await, (Some("export".to_owned()), true));
    });
}

#[test]
fn an_erasure_goes_on_until_it_is_sealed_and_is_then_found_by_its_reference() {
    with_chat(async |chat| {
        let db = &chat.app().db;
        let (customer, other) = (chat.customer().await.id, chat.customer().await.id);
        let mut ids = Vec::new();
        for (customer, reference) in
            [(other, "A"), (customer, "B"), (customer, "A"), (customer, "A")]
        {
            let erasure = begin(chat, customer, reference).await.1.unwrap();
            assert_eq!(begin(chat, customer, "another").await.1.unwrap().id, erasure.id);
            // Not before it is finished.
            erasures::seal(db, erasure.id).await.unwrap();
            assert!(!erasures::is_sealed(db, erasure.id).await.unwrap());
            assert_eq!(job(chat, customer).await, (Some("erasure".to_owned()), true));
            erasures::finish(db, erasure.id).await.unwrap().unwrap();
            let unsealed = erasures::earlier(db, customer.into(), reference).await.unwrap().1;
            assert_ne!(unsealed.map(|erasure| erasure.id), Some(erasure.id));
            erasures::seal(db, erasure.id).await.unwrap();
            assert!(erasures::is_sealed(db, erasure.id).await.unwrap());
            assert_eq!(job(chat, customer).await, (None, false));
            ids.push(erasure.id);
        }
        let earlier = async |customer: i64, reference: &str| {
            let found = erasures::earlier(db, customer.into(), reference).await.unwrap().1;
            found.map(|erasure| erasure.id)
        };
        assert_eq!(earlier(customer, "A").await, Some(ids[3]));
        assert_eq!(earlier(customer, "B").await, Some(ids[1]));
        assert_eq!(earlier(other, "A").await, Some(ids[0]));
        assert_eq!(earlier(other, "B").await, None);
        assert!(!erasures::is_sealed(db, Uuid::new_v4()).await.unwrap());
    });
}

#[test]
fn sealing_leaves_the_records_of_others_and_another_jobs_alone() {
    with_chat(async |chat| {
        let db = &chat.app().db;
        let (customer, other) = (chat.customer().await.id, chat.customer().await.id);
        let (erasure, others) =
            (begin(chat, customer, "A").await.1.unwrap(), begin(chat, other, "A").await);
        erasures::finish(db, erasure.id).await.unwrap().unwrap();
        keep(chat, customer, 0, &[], ("export", 60.0)).await;
        erasures::seal(db, erasure.id).await.unwrap();
        assert_eq!(job(chat, customer).await, (Some("export".to_owned()), true));
        assert_eq!(job(chat, other).await, (Some("erasure".to_owned()), true));
        assert!(!erasures::is_sealed(db, others.1.unwrap().id).await.unwrap());
    });
}

#[test]
fn there_is_something_to_erase_while_there_is_a_session_a_phone_or_an_object() {
    with_chat(async |chat| {
        // Others have all of it.
        let (other, _, _) = chat.conversation().await;
        chat.register_player(&other, &new_id()).await;
        owe_object(chat, other.id, "theirs").await;
        let has_records = async |customer: i64| {
            erasures::earlier(&chat.app().db, customer.into(), "A").await.unwrap().0
        };
        let [nothing, phone, object] =
            [chat.customer().await, chat.customer().await, chat.customer().await];
        let (talking, _, _) = chat.conversation().await;
        chat.register_player(&phone, &new_id()).await;
        owe_object(chat, object.id, "mine").await;
        assert!(!has_records(nothing.id).await);
        for customer in [phone, object, talking] {
            assert!(has_records(customer.id).await);
        }
    });
}

#[test]
fn an_erasure_is_finished_when_nothing_is_left_of_what_was_there_when_it_was_begun() {
    with_chat(async |chat| {
        let db = &chat.app().db;
        let (customer, _, session) = chat.conversation().await;
        let (other, _, _) = chat.conversation().await;
        owe_object(chat, other.id, "theirs").await;
        let erasure = begin(chat, customer.id, "A").await.1.unwrap();
        let others = begin(chat, other.id, "A").await.1.unwrap();
        assert_eq!(erasures::next_session(db, &erasure).await.unwrap().unwrap().get(), session);
        assert!(erasures::finish(db, erasure.id).await.unwrap().is_none());
        owe_object(chat, customer.id, "mine").await;
        let later = "UPDATE chat_sessions SET created_at = now() + interval '1 hour' WHERE id = $1";
        chat.database.rows(later, &[&session]).await;
        assert!(erasures::next_session(db, &erasure).await.unwrap().is_none());
        assert!(erasures::finish(db, erasure.id).await.unwrap().is_none());
        let mine = erased_objects::next(db, Some(customer.id.into()), 0, 9).await.unwrap();
        erased_objects::done(db, &[mine[0].id]).await.unwrap();
        assert_eq!(erasures::finish(db, erasure.id).await.unwrap().unwrap().id, erasure.id);
        let finished = "SELECT count(*) FROM erasures WHERE finished_at IS NOT NULL";
        assert_eq!(chat.database.number(finished, &[]).await, 1);
        assert_eq!(erased_objects::next(db, Some(others.customer), 0, 9).await.unwrap().len(), 1);
    });
}

#[test]
fn a_customers_phone_and_connections_of_before_an_erasure_go_and_nobody_elses() {
    with_chat(async |chat| {
        let db = &chat.app().db;
        let (customer, other) = (chat.customer().await, chat.customer().await);
        for person in [&customer, &other] {
            chat.register_player(person, &new_id()).await;
        }
        let mut own = Vec::new();
        for minutes in [3, 2, 1] {
            let connection = chat.connect(&customer).await;
            let connected = format!("connected_at = now() - interval '{minutes} minutes'");
            chat.set_connection(&connection, &connected).await;
            own.push(connection);
        }
        // Longer than they.
        for person in [&other, &chat.people.namesake(&customer).await] {
            let connection = chat.connect(person).await;
            chat.set_connection(&connection, "connected_at = now() - interval '4 minutes'").await;
        }
        let erasure = begin(chat, customer.id, "A").await.1.unwrap();
        let later = chat.connect(&customer).await;
        let phones = "SELECT count(*) FROM customer_notification_mapping";
        let open = "SELECT count(*) FROM websocket_connections WHERE expires_at > now()";
        let objects = async || erased_objects::next(db, None, 0, 9).await.unwrap().len();
        for (holds, held, working) in
            [(1, &[][..], "erasure"), (0, &[7][..], "erasure"), (0, &[][..], "export")]
        {
            keep(chat, customer.id, holds, held, (working, 60.0)).await;
            let (standing, closed) = erasures::forget_people(db, &erasure, 9).await.unwrap();
            assert!(standing != Standing::Free && closed.is_empty());
            assert_eq!((chat.database.number(phones, &[]).await, objects().await), (2, 0));
            assert_eq!(chat.database.number(open, &[]).await, 6);
        }
        keep(chat, customer.id, 0, &[], ("erasure", 60.0)).await;
        let again =
            "UPDATE customer_notification_mapping SET updated_at = now() + interval '1 hour'";
        chat.database.rows(again, &[]).await;
        let (standing, closed) = erasures::forget_people(db, &erasure, 2).await.unwrap();
        assert_eq!(standing, Standing::Free);
        let sorted = |mut connections: Vec<String>| {
            connections.sort();
            connections
        };
        assert_eq!(sorted(closed), sorted(own[..2].to_vec()));
        assert_eq!(chat.database.number(open, &[]).await, 4);
        assert_eq!((chat.database.number(phones, &[]).await, objects().await), (2, 1));
        let before =
            "UPDATE customer_notification_mapping SET updated_at = now() - interval '1 hour'";
        chat.database.rows(before, &[]).await;
        let (_, closed) = erasures::forget_people(db, &erasure, 9).await.unwrap();
        assert!(!closed.contains(&later));
        let left = "SELECT customer_id FROM customer_notification_mapping";
        assert_eq!(chat.database.number(left, &[]).await, other.id);
        assert_eq!(chat.database.number(phones, &[]).await, 1);
    });
}

#[test]
fn an_erasure_that_is_asked_for_again_keeps_the_records_for_longer_and_one_on_hold_writes_nothing()
{
    with_chat(async |chat| {
        let customer = chat.customer().await.id;
        keep(chat, customer, 0, &[], ("erasure", 1.0)).await;
        begin(chat, customer, "A").await;
        let longer = "SELECT count(*) FROM record_keeping
            WHERE customer_id = $1 AND busy_until > now() + interval '30 seconds'";
        assert_eq!(chat.database.number(longer, &[&customer]).await, 1);

        let held = chat.customer().await.id;
        keep(chat, held, 1, &[], ("erasure", 60.0)).await;
        begin(chat, held, "A").await;
        let erasures = "SELECT count(*) FROM erasures WHERE customer_id = $1";
        assert_eq!(chat.database.number(erasures, &[&held]).await, 0);
    });
}
