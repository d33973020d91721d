//! Whose sessions come: one's own, each once, beside those of others that are like them.

use crate::help::{caught_up, changes, crowd, ids, next, seqs, since};
use chat::identity::Role;
use chat_testing::{Chat, Person, new_id, with_chat};
use serde_json::json;

/// Gives someone three sessions of each kind: active or archived, with something unread or nothing.
async fn sessions_of_each_kind(chat: &Chat, person: &Person) {
    for number in 0..12 {
        let (customer, dentist) = match person.role {
            Role::Customer => (person.clone(), chat.dentist().await),
            Role::Dentist => (chat.customer().await, person.clone()),
        };
        let session = chat.session(&customer, &dentist).await;
        chat.fill(session, 4).await;
        if number % 2 == 0 {
            chat.archive(session).await;
        }
        if number % 4 < 2 {
            let read =
                "UPDATE chat_sessions SET customer_unread_count = 0, dentist_unread_count = 0,
                    changed_in = pg_current_xact_id() WHERE id = $1";
            chat.database.rows(read, &[&session]).await;
        }
    }
}

/// All pages from there on: the sessions' ids, and what is unread in all.
async fn pages(chat: &Chat, person: &Person, cursor: Option<&str>) -> (Vec<i64>, i64) {
    let mut told = Vec::new();
    let mut cursor = cursor.map(str::to_owned);
    // More than it takes.
    for _ in 0..10 {
        let since = cursor.as_deref().map(|cursor| ("since", cursor));
        let query: Vec<_> = since.into_iter().chain([("limit", "3")]).collect();
        let page = chat.sync(person, &query).await.expect(200).clone();
        told.extend(ids(&page));
        for change in changes(&page) {
            assert_eq!(seqs(change), [1, 2, 3, 4]);
        }
        if page["has_more"] == false {
            return (told, page["unread_total"].as_i64().unwrap());
        }
        cursor = Some(next(&page).to_owned());
    }
    panic!("there is no end: {told:?}");
}

#[test]
fn whoever_catches_up_gets_each_of_their_sessions_once_and_nobody_elses() {
    with_chat(async |chat| {
        let (customer, dentist) = (chat.customer().await, chat.dentist().await);
        for person in [&customer, &dentist] {
            let cursor = caught_up(chat, person).await;
            let another = match person.role {
                Role::Customer => chat.customer().await,
                Role::Dentist => chat.dentist().await,
            };
            for person in [person, &chat.people.namesake(person).await, &another] {
                sessions_of_each_kind(chat, person).await;
            }
            let role = person.role.as_str();
            let own = format!("SELECT id FROM chat_sessions WHERE {role}_id = $1");
            let own = async |order: &str| {
                let rows =
                    chat.database.rows(&format!("{own} ORDER BY {order}"), &[&person.id]).await;
                rows.iter().map(|row| row.get(0)).collect::<Vec<i64>>()
            };
            chat.quiet().await;
            let (everything, unread) = pages(chat, person, None).await;
            assert_eq!(everything, own("updated_at DESC, id DESC").await, "{role}");
            assert_eq!(unread, 6, "{role}");
            let (changed, unread) = pages(chat, person, Some(&cursor)).await;
            assert_eq!(changed, own("changed_in, id").await, "{role}");
            assert_eq!(unread, 6, "{role}");
        }
    });
}

#[test]
fn a_message_that_changed_comes_once_and_in_its_own_session() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 2).await;
        for (_, session) in &sessions {
            chat.fill(*session, 30).await;
        }
        let cursor = caught_up(chat, &dentist).await;
        let [(first, of_first), (second, of_second)] = &sessions[..] else { unreachable!() };
        chat.say(first, *of_first, "new").await;
        for (customer, session, seq) in [(first, *of_first, 31), (second, *of_second, 3)] {
            assert_eq!(chat.correct(customer, session, seq, &new_id()).await.status, 200);
        }
        chat.quiet().await;
        let page = since(chat, &dentist, &cursor).await;
        assert_eq!(changes(&page).iter().map(seqs).collect::<Vec<_>>(), [vec![31], vec![3]]);
        for change in changes(&page) {
            assert_eq!(change["truncated"], json!(false));
        }
    });
}
