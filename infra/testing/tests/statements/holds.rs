//! `holds/*`: a hold is of one subject under one reference, and stands until it itself is lifted.

use chat::store::{
    Subject,
    holds::{self, Hold, Wanted},
};
use chat_testing::{Chat, with_chat};
use uuid::Uuid;

async fn place(chat: &Chat, subject: Subject, reference: &str) -> Hold {
    let wanted =
        Wanted { id: Uuid::new_v4(), subject, reason: "proceedings", reference, placed_at: None };
    holds::place(&chat.app().db, &wanted).await.unwrap().unwrap().hold
}

async fn standing(chat: &Chat, customer: i64) -> Vec<Uuid> {
    let standing = holds::standing(&chat.app().db, customer.into()).await.unwrap();
    standing.iter().map(|hold| hold.id).collect()
}

/// Two sessions of one customer, one of another, and these customers.
async fn subjects(chat: &Chat) -> (i64, i64, [i64; 3]) {
    let (customer, _, first) = chat.conversation().await;
    let second = chat.session(&customer, &chat.dentist().await).await;
    let (other, _, elsewhere) = chat.conversation().await;
    (customer.id, other.id, [first, second, elsewhere])
}

/// Holds that differ from each other in one thing each; those of the customer first.
async fn alike(chat: &Chat) -> (i64, Vec<Hold>) {
    let (customer, other, [first, second, elsewhere]) = subjects(chat).await;
    let mut placed = Vec::new();
    for (subject, reference) in [
        (Subject::Customer(customer.into()), "A"),
        (Subject::Customer(customer.into()), "B"),
        (Subject::Session(first.into()), "A"),
        (Subject::Session(first.into()), "B"),
        (Subject::Session(second.into()), "A"),
        (Subject::Customer(other.into()), "A"),
        (Subject::Session(elsewhere.into()), "A"),
    ] {
        placed.push(place(chat, subject, reference).await);
    }
    (customer, placed)
}

fn subject_of(hold: &Hold) -> Subject {
    hold.session.map_or(Subject::Customer(hold.customer), Subject::Session)
}

#[test]
fn a_hold_is_lifted_alone_and_found_again_by_its_name() {
    with_chat(async |chat| {
        let (db, (customer, placed)) = (&chat.app().db, alike(chat).await);
        for hold in &placed {
            let (subject, name) = (subject_of(hold), &hold.reference);
            let before = standing(chat, customer).await;
            assert!(holds::lifted(db, subject, name).await.unwrap().is_none());
            let another = Some(Uuid::new_v4());
            assert!(holds::lift(db, subject, name, "over", another).await.unwrap().is_none());
            assert_eq!(standing(chat, customer).await, before);
            let lifted =
                holds::lift(db, subject, name, "over", Some(hold.id)).await.unwrap().unwrap();
            assert_eq!((lifted.id, lifted.lifted.unwrap().1), (hold.id, "over".to_owned()));
            let rest: Vec<_> = before.into_iter().filter(|id| *id != hold.id).collect();
            assert_eq!(standing(chat, customer).await, rest);
            assert_eq!(holds::lifted(db, subject, name).await.unwrap().unwrap().id, hold.id);
            assert!(holds::lift(db, subject, name, "over", None).await.unwrap().is_none());
        }
        let held =
            "SELECT count(*) FROM record_keeping WHERE customer_holds > 0 OR held_sessions <> '{}'";
        assert_eq!(chat.database.number(held, &[]).await, 0);
    });
}

#[test]
fn the_hold_that_was_lifted_last_is_found_and_those_that_stand_are_not() {
    with_chat(async |chat| {
        let (db, subject) = (&chat.app().db, Subject::Customer(chat.customer().await.id.into()));
        let mut newest = None;
        for reason in ["first", "second", "third"] {
            newest = Some(place(chat, subject, "A").await.id);
            holds::lift(db, subject, "A", reason, None).await.unwrap().unwrap();
        }
        place(chat, subject, "A").await;
        let lifted = holds::lifted(db, subject, "A").await.unwrap().unwrap();
        assert_eq!((Some(lifted.id), lifted.lifted.unwrap().1), (newest, "third".to_owned()));
    });
}

#[test]
fn holds_are_counted_with_the_records_of_their_own_customer() {
    with_chat(async |chat| {
        let (db, (customer, placed)) = (&chat.app().db, alike(chat).await);
        let (mine, others) = (&placed[..5], &placed[5..]);
        let counts = async |customer: i64| {
            let sql =
                "SELECT customer_holds + cardinality(held_sessions)::bigint FROM record_keeping
                WHERE customer_id = $1";
            chat.database.number(sql, &[&customer]).await
        };
        let other = others[0].customer.get();
        assert_eq!((counts(customer).await, counts(other).await), (5, 2));
        // One that stands already is not counted again, and its reason stays.
        let again = place(chat, subject_of(&mine[0]), "A").await;
        assert_eq!((again.id, counts(customer).await), (mine[0].id, 5));
        holds::lift(db, subject_of(&mine[2]), "A", "over", None).await.unwrap().unwrap();
        assert_eq!((counts(customer).await, counts(other).await), (4, 2));
    });
}

#[test]
fn a_hold_that_was_lifted_does_not_stand_again_under_its_id_and_another_does() {
    with_chat(async |chat| {
        let (db, customer) = (&chat.app().db, chat.customer().await.id);
        let subject = Subject::Customer(customer.into());
        let hold = place(chat, subject, "A").await;
        let wanted =
            Wanted { id: hold.id, subject, reason: "again", reference: "A", placed_at: None };
        assert!(!holds::place(db, &wanted).await.unwrap().unwrap().is_new);
        holds::lift(db, subject, "A", "over", None).await.unwrap().unwrap();
        assert!(holds::place(db, &wanted).await.unwrap().is_none());
        let other = place(chat, subject, "A").await;
        assert_eq!(standing(chat, customer).await, [other.id]);
    });
}

#[test]
fn a_hold_says_whether_an_erasure_of_that_customer_was_begun() {
    with_chat(async |chat| {
        let (customer, other) = (chat.customer().await.id, chat.customer().await.id);
        let erasing = "INSERT INTO erasures (id, customer_id, reference, begun_at, finished_at)
            VALUES (gen_random_uuid(), $1, 'A', now(), CASE WHEN $2 THEN now() END)";
        let begun = async |reference: &str| {
            let subject = Subject::Customer(customer.into());
            let wanted =
                Wanted { id: Uuid::new_v4(), subject, reason: "r", reference, placed_at: None };
            holds::place(&chat.app().db, &wanted).await.unwrap().unwrap().erasure_begun
        };
        chat.database.rows(erasing, &[&other, &false]).await;
        assert!(!begun("A").await);
        chat.database.rows(erasing, &[&customer, &true]).await;
        assert!(!begun("B").await);
        chat.database.rows("UPDATE erasures SET finished_at = NULL", &[]).await;
        assert!(begun("C").await);
    });
}

#[test]
fn the_hundred_holds_that_stand_longest_are_listed() {
    with_chat(async |chat| {
        let (customer, other) = (chat.customer().await.id, chat.customer().await.id);
        let sql = "INSERT INTO holds (id, customer_id, reason, reference, placed_at)
            SELECT gen_random_uuid(), c, 'r', n::text, now() - make_interval(secs => n)
            FROM unnest(ARRAY[$1::bigint, $2]) c, generate_series(1, 101) n";
        chat.database.rows(sql, &[&customer, &other]).await;
        let listed = holds::standing(&chat.app().db, customer.into()).await.unwrap();
        assert_eq!((listed.len(), listed[0].reference.as_str()), (100, "101"));
        assert!(listed.iter().all(|hold| hold.customer.get() == customer));
    });
}

#[test]
fn a_hold_that_was_lifted_is_found_by_its_own_subject_only() {
    with_chat(async |chat| {
        let (_, placed) = alike(chat).await;
        let db = &chat.app().db;
        let lifted = placed.iter().find(|hold| hold.session.is_some()).unwrap();
        holds::lift(db, subject_of(lifted), &lifted.reference, "over", None).await.unwrap();
        let found = async |subject| holds::lifted(db, subject, &lifted.reference).await.unwrap();
        assert!(found(Subject::Customer(lifted.customer)).await.is_none());
        assert_eq!(found(subject_of(lifted)).await.unwrap().id, lifted.id);
    });
}
