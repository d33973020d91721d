//! `connections/*`: nobody's connection is touched but the one that is meant.

use chat::{
    error::Error,
    session::Status,
    store::connections::{self, MOST_HEARD},
};
use chat_testing::{Chat, with_chat};
use std::time::Duration;

const SHOWN: Duration = Duration::from_secs(6);

async fn heard(chat: &Chat, connection: &str) -> i64 {
    let sql = "SELECT heard::bigint FROM websocket_connections WHERE connection_id = $1";
    chat.database.number(sql, &[&connection]).await
}

#[test]
fn of_connections_that_are_gone_those_that_may_be_opening_are_kept_and_all_others_stay() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(chat.connect(&customer).await);
        }
        // The last one is opening too, and was not asked about.
        let [gone, opening, other, over, _] = all.as_slice() else { panic!("five connections") };
        for old in [gone, other] {
            chat.set_connection(old, "connected_at = now() - interval '1 minute'").await;
        }
        chat.set_connection(over, "expires_at = now()").await;
        let named = [gone.clone(), opening.clone(), over.clone()];
        let handshake = Duration::from_secs(30);
        let kept = connections::forget_gone(&chat.app().db, &named, handshake).await.unwrap();
        assert_eq!(kept, std::slice::from_ref(opening));
        let sql = "SELECT connection_id FROM websocket_connections WHERE connection_id = ANY ($1)
            ORDER BY array_position($1, connection_id)";
        let left = chat.database.rows(sql, &[&all]).await;
        let left: Vec<String> = left.iter().map(|row| row.get(0)).collect();
        assert_eq!(left, all[1..]);
    });
}

#[test]
fn what_is_said_is_counted_for_its_own_connection_while_that_is_open() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let db = &chat.app().db;
        let (own, other) = (chat.connect(&customer).await, chat.connect(&customer).await);
        assert!(connections::hear(db, &own).await.unwrap());
        assert!(connections::typing(db, &own, session.into(), SHOWN).await.unwrap().is_some());
        assert_eq!((heard(chat, &own).await, heard(chat, &other).await), (2, 0));
        chat.set_connection(&own, "expires_at = now()").await;
        assert!(!connections::hear(db, &own).await.unwrap());
        assert!(connections::typing(db, &own, session.into(), SHOWN).await.unwrap().is_none());
        assert_eq!(heard(chat, &own).await, 2);
    });
}

#[test]
fn a_minute_has_its_allowance_of_words_and_of_typing_and_the_next_minute_its_own() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let (db, own) = (&chat.app().db, chat.connect(&customer).await);
        for seconds in [30, 59] {
            let spent = format!(
                "heard = {MOST_HEARD}, heard_since = now() - make_interval(secs => {seconds})"
            );
            chat.set_connection(&own, &spent).await;
            let said = connections::hear(db, &own).await;
            assert!(matches!(said, Err(Error::RateLimited(1..=60))), "{said:?}");
            let typed = connections::typing(db, &own, session.into(), SHOWN).await;
            assert!(matches!(typed, Err(Error::RateLimited(1..=60))), "{typed:?}");
            assert_eq!(heard(chat, &own).await, MOST_HEARD);
        }
        let next = "heard_since = now() - interval '61 seconds'";
        chat.set_connection(&own, next).await;
        assert!(connections::hear(db, &own).await.unwrap());
        assert_eq!(heard(chat, &own).await, 1);
        chat.set_connection(&own, &format!("heard = {MOST_HEARD}, {next}")).await;
        assert!(connections::typing(db, &own, session.into(), SHOWN).await.unwrap().is_some());
        assert_eq!(heard(chat, &own).await, 1);
    });
}

#[test]
fn typing_is_about_the_session_that_is_named_and_shown_to_the_other_side_alone() {
    with_chat(async |chat| {
        let (customer, dentist, active) = chat.conversation().await;
        let archived = chat.session(&customer, &chat.dentist().await).await;
        chat.archive(archived).await;
        let db = &chat.app().db;
        let (phone, desk) = (chat.connect(&customer).await, chat.connect(&dentist).await);
        for person in [&customer, &dentist] {
            let over = chat.connect(person).await;
            chat.set_connection(&over, "expires_at = now()").await;
            chat.connect(&chat.people.namesake(person).await).await;
        }
        for stranger in [chat.customer().await, chat.dentist().await] {
            chat.connect(&stranger).await;
        }
        let type_in = async |connection: &str, session: i64| {
            let typing = connections::typing(db, connection, session.into(), SHOWN).await;
            typing.unwrap().unwrap()
        };
        assert_eq!(type_in(&phone, archived).await.status, Some(Status::Archived));
        let typing = type_in(&phone, active).await;
        assert_eq!((typing.status, typing.other_side), (Some(Status::Active), vec![desk.clone()]));
        assert_eq!(type_in(&desk, active).await.other_side, [phone]);
        let elsewhere = chat.conversation().await.2;
        assert_eq!(type_in(&desk, elsewhere).await.status, None);
    });
}

#[test]
fn the_oldest_connections_of_one_person_give_way_and_those_that_are_over_do_not_count() {
    with_chat(async |chat| {
        let (customer, stranger) = (chat.customer().await, chat.customer().await);
        let (own, strangers) = (chat.connect(&customer).await, chat.connect(&stranger).await);
        let namesakes = chat.connect(&chat.people.namesake(&customer).await).await;
        let fill = async |of: &str, life: &str| {
            let sql = format!(
                "INSERT INTO websocket_connections (connection_id, user_type, user_id, connected_at, expires_at)
                 SELECT '{life} ' || n, user_type, user_id, now() + interval '1 minute', now() + interval '{life}'
                 FROM websocket_connections, generate_series(1, 999) n WHERE connection_id = $1"
            );
            chat.database.rows(&sql, &[&of]).await;
        };
        // A thousand are allowed: of these, none is anybody's here, and the others are over.
        fill(&namesakes, "1 hour").await;
        fill(&own, "-1 hour").await;
        chat.connect(&customer).await;
        let open = "SELECT count(*) FROM websocket_connections
            WHERE connection_id = ANY ($1) AND expires_at > now()";
        let these = [own.clone(), strangers.clone(), namesakes.clone()];
        assert_eq!(chat.database.number(open, &[&&these[..]]).await, 3);
        fill(&own, "2 hours").await;
        chat.connect(&customer).await;
        assert_eq!(chat.database.number(open, &[&&these[..1]]).await, 0);
        assert_eq!(chat.database.number(open, &[&&these[1..]]).await, 2);
        // What is over stays over since then.
        let ended = "SELECT count(*) FROM websocket_connections WHERE expires_at < now() - interval '59 minutes'";
        assert_eq!(chat.database.number(ended, &[]).await, 999);
    });
}
