//! Catching up: what comes, how often, in which order, and what a client makes of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat_testing::{Chat, Person, new_id, with_chat};
use serde_json::{Value, json};

/// One page since that cursor.
async fn since(chat: &Chat, person: &Person, cursor: &str) -> Value {
    chat.sync(person, &[("since", cursor)]).await.expect(200).clone()
}

/// The cursor of someone who knows everything.
async fn caught_up(chat: &Chat, person: &Person) -> String {
    chat.quiet().await;
    let page = chat.sync(person, &[("limit", "100")]).await;
    assert_eq!(page.expect(200)["has_more"], false);
    next(&page.body).to_owned()
}

fn next(page: &Value) -> &str {
    page["next"].as_str().unwrap()
}

fn changes(page: &Value) -> &[Value] {
    page["changes"].as_array().unwrap()
}

fn ids(page: &Value) -> Vec<i64> {
    changes(page).iter().map(|change| change["session"]["id"].as_i64().unwrap()).collect()
}

fn seqs(change: &Value) -> Vec<i64> {
    let messages = change["messages"].as_array().unwrap().iter();
    messages.map(|message| message["seq"].as_i64().unwrap()).collect()
}

/// A dentist's sessions with this many customers, the oldest first.
async fn crowd(chat: &Chat, count: usize) -> (Person, Vec<(Person, i64)>) {
    let dentist = chat.dentist().await;
    let mut sessions = Vec::new();
    for _ in 0..count {
        let customer = chat.customer().await;
        let session = chat.session(&customer, &dentist).await;
        sessions.push((customer, session));
    }
    (dentist, sessions)
}

#[test]
fn a_first_start_is_everything_in_the_inboxs_order() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 5).await;
        chat.say(&sessions[0].0, sessions[0].1, "hello").await;
        chat.archive(sessions[1].1).await;
        chat.fill(sessions[2].1, 21).await;
        chat.fill(sessions[3].1, 20).await;
        let inbox = chat.inbox(&dentist, &[("status", "all")]).await.body;
        chat.quiet().await;
        let whole = chat.sync(&dentist, &[]).await.expect(200).clone();
        let of_inbox: Vec<_> = inbox["sessions"].as_array().unwrap().iter().collect();
        let of_sync: Vec<_> = changes(&whole).iter().map(|change| &change["session"]).collect();
        assert_eq!(of_sync, of_inbox);
        assert_eq!((&whole["has_more"], &whole["unread_total"]), (&json!(false), &json!(22)));
        for (change, session) in changes(&whole).iter().zip(&of_inbox) {
            let id = session["id"].as_i64().unwrap();
            let newest = chat.list(&dentist, id, &[("limit", 20)]).await.body;
            assert_eq!(change["messages"], newest["messages"]);
            assert_eq!(change["truncated"], newest["has_more_before"]);
            assert_eq!(change.as_object().unwrap().len(), 3);
        }
        let mut paged = Vec::new();
        let mut page = chat.sync(&dentist, &[("limit", "2")]).await.body;
        paged.extend(changes(&page).to_vec());
        while page["has_more"] == true {
            assert_eq!(changes(&page).len(), 2);
            let query = [("limit", "2"), ("since", next(&page))];
            page = chat.sync(&dentist, &query).await.body.clone();
            paged.extend(changes(&page).to_vec());
        }
        assert_eq!(paged, changes(&whole));
        assert_eq!(changes(&since(chat, &dentist, next(&page)).await), [] as [Value; 0]);
    });
}

#[test]
fn someone_without_sessions_has_nothing_to_catch_up_with() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let page = chat.sync(&customer, &[]).await.expect(200).clone();
        assert_eq!(page.as_object().unwrap().len(), 4);
        let rest = (&page["changes"], &page["has_more"], &page["unread_total"]);
        assert_eq!(rest, (&json!([]), &json!(false), &json!(0)));
        assert_eq!(changes(&since(chat, &customer, next(&page)).await), [] as [Value; 0]);
    });
}

#[test]
fn what_changed_comes_once_with_the_latest_change_last() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 4).await;
        for (customer, session) in &sessions[1..] {
            chat.say(customer, *session, "before").await;
        }
        let cursor = caught_up(chat, &dentist).await;
        let [(first, one), (second, two), (_, three), _] = &sessions[..] else { unreachable!() };
        chat.say(first, *one, "a").await;
        chat.say(second, *two, "b").await;
        assert_eq!(chat.mark_read(&dentist, *three, 1).await.status, 200);
        chat.say(first, *one, "c").await;
        chat.quiet().await;
        let page = since(chat, &dentist, &cursor).await;
        assert_eq!(ids(&page), [*two, *three, *one]);
        assert_eq!(
            changes(&page).iter().map(seqs).collect::<Vec<_>>(),
            [vec![2], vec![], vec![1, 2]]
        );
        for change in changes(&page) {
            let session = change["session"]["id"].as_i64().unwrap();
            assert_eq!(change["session"], chat.get(&dentist, session).await.body);
        }
        assert_eq!(changes(&since(chat, &dentist, next(&page)).await), [] as [Value; 0]);
    });
}

#[test]
fn each_change_that_either_side_can_see_reaches_both() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let other = chat.customer().await;
        let mut cursors = [caught_up(chat, &customer).await, caught_up(chat, &dentist).await];
        for step in 0..5 {
            let done = match step {
                0 => chat.mark_read(&dentist, session, 1).await.status,
                1 => chat.update(&dentist, session, "archived").await.status,
                2 => chat.update(&dentist, session, "active").await.status,
                3 => {
                    chat.say(&dentist, session, "hello").await;
                    200
                }
                _ => chat.mark_read(&customer, session, 2).await.status,
            };
            assert_eq!(done, 200, "{step}");
            chat.session(&other, &dentist).await;
            chat.quiet().await;
            for (person, cursor) in [&customer, &dentist].into_iter().zip(&mut cursors) {
                let page = since(chat, person, cursor).await;
                let ours = changes(&page).iter().find(|change| change["session"]["id"] == session);
                let ours = ours.unwrap_or_else(|| panic!("{step}: {page}"));
                assert_eq!(ours["session"], chat.get(person, session).await.body);
                assert_eq!(seqs(ours), if step == 3 { vec![2] } else { vec![] }, "{step}");
                next(&page).clone_into(cursor);
            }
        }
        // What changes nothing is no change.
        assert_eq!(chat.mark_read(&customer, session, 1).await.status, 200);
        assert_eq!(chat.update(&dentist, session, "active").await.status, 200);
        assert_eq!(chat.create_session(&customer, dentist.id).await.status, 200);
        assert_eq!(changes(&since(chat, &customer, &cursors[0]).await), [] as [Value; 0]);
    });
}

#[test]
fn more_than_twenty_messages_are_the_newest_twenty() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.fill(session, 30).await;
        let cursor = caught_up(chat, &dentist).await;
        for (further, truncated, first) in [(20, false, 31), (1, true, 32)] {
            let environment = chat.environment_with(&[("SEND_BURST", "0")]);
            for _ in 0..further {
                let message = json!({"client_message_id": new_id(), "content": "hello"});
                assert_eq!(environment.send(&customer, session, &message).await.status, 201);
            }
            let change = &changes(&since(chat, &dentist, &cursor).await)[0].clone();
            assert_eq!(seqs(change), (first..first + 20).collect::<Vec<_>>());
            assert_eq!(change["truncated"], truncated);
        }
        // A mark is none of the messages it goes over.
        let cursor = caught_up(chat, &customer).await;
        assert_eq!(chat.mark_read(&dentist, session, 51).await.status, 200);
        chat.quiet().await;
        let change = &changes(&since(chat, &customer, &cursor).await)[0].clone();
        assert_eq!((seqs(change), &change["truncated"]), (vec![], &json!(false)));
        assert_eq!(change["session"]["dentist_read_seq"], 51);
    });
}

#[test]
fn a_message_that_changed_comes_again_however_old_it_is() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.fill(session, 60).await;
        let cursor = caught_up(chat, &dentist).await;
        change_messages(chat, session, 3, 5).await;
        let unlimited = chat.environment_with(&[("SEND_BURST", "0")]);
        unlimited.say(&customer, session, "hello").await;
        let change = &changes(&since(chat, &dentist, &cursor).await)[0].clone();
        assert_eq!((seqs(change), &change["truncated"]), (vec![3, 4, 5, 61], &json!(false)));
        assert_eq!(change["messages"][0]["content"], "changed");
        change_messages(chat, session, 3, 21).await;
        let change = &changes(&since(chat, &dentist, &cursor).await)[0].clone();
        assert_eq!((seqs(change).len(), &change["truncated"]), (20, &json!(false)));
        change_messages(chat, session, 22, 22).await;
        let change = &changes(&since(chat, &dentist, &cursor).await)[0].clone();
        assert_eq!((seqs(change), &change["truncated"]), ((42..=61).collect(), &json!(true)));
    });
}

/// As a correction does.
async fn change_messages(chat: &Chat, session: i64, from: i64, to: i64) {
    let sql = "WITH changed AS (
            UPDATE chat_messages SET content = 'changed',
                changed_in = greatest(changed_in, pg_current_xact_id())
            WHERE session_id = $1 AND seq BETWEEN $2 AND $3)
        UPDATE chat_sessions SET changed_in = greatest(changed_in, pg_current_xact_id()) WHERE id = $1";
    chat.database.rows(sql, &[&session, &from, &to]).await;
}

#[test]
fn a_session_whose_first_messages_are_gone_is_caught_up_with() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.fill(session, 30).await;
        for (first, kept, truncated) in
            [(11_i64, 11..31, false), (10, 11..31, true), (28, 28..31, false), (31, 31..31, false)]
        {
            let keep = "UPDATE chat_sessions SET first_seq = $2 WHERE id = $1";
            chat.database.rows(keep, &[&session, &first]).await;
            let delete = "DELETE FROM chat_messages WHERE session_id = $1 AND seq < $2 AND $2 > 11";
            chat.database.rows(delete, &[&session, &first]).await;
            let change = &changes(&chat.sync(&customer, &[]).await.body)[0].clone();
            let kept: Vec<i64> = kept.collect();
            assert_eq!((seqs(change), &change["truncated"]), (kept, &json!(truncated)), "{first}");
        }
    });
}

#[test]
fn a_session_that_moves_while_a_first_start_is_read_is_not_missed() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 4).await;
        let (customer, oldest) = &sessions[0];
        chat.say(customer, *oldest, "one").await;
        for (customer, session) in &sessions[1..] {
            chat.say(customer, *session, "hello").await;
        }
        chat.quiet().await;
        let first = chat.sync(&dentist, &[("limit", "2")]).await.body;
        chat.say(customer, *oldest, "two").await;
        chat.quiet().await;
        let rest = chat.sync(&dentist, &[("since", next(&first))]).await.body;
        assert_eq!((ids(&rest), &rest["has_more"]), (vec![sessions[1].1], &json!(true)));
        let moved = since(chat, &dentist, next(&rest)).await;
        // Also what was there before the first page: the client has never seen it.
        assert_eq!((ids(&moved), &moved["has_more"]), (vec![*oldest], &json!(false)));
        assert_eq!(seqs(&changes(&moved)[0]), [1, 2]);
        assert_eq!(changes(&since(chat, &dentist, next(&moved)).await), [] as [Value; 0]);
    });
}

#[test]
fn all_pages_of_a_catch_up_have_the_messages_since_its_beginning() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 3).await;
        let cursor = caught_up(chat, &dentist).await;
        for (customer, session) in &sessions {
            chat.say(customer, *session, "one").await;
        }
        let first = chat.sync(&dentist, &[("since", &cursor), ("limit", "1")]).await.body;
        assert_eq!((ids(&first), &first["has_more"]), (vec![sessions[0].1], &json!(true)));
        let (customer, second) = &sessions[1];
        chat.say(customer, *second, "two").await;
        chat.quiet().await;
        let rest = since(chat, &dentist, next(&first)).await;
        assert_eq!(ids(&rest), [sessions[2].1, *second]);
        assert_eq!(changes(&rest).iter().map(seqs).collect::<Vec<_>>(), [vec![1], vec![1, 2]]);
    });
}

#[test]
fn what_one_transaction_has_changed_is_told_over_as_many_pages_as_it_takes() {
    with_chat(async |chat| {
        let (customer, dentist, _) = chat.conversation().await;
        let mut cursor = caught_up(chat, &dentist).await;
        // Stored in an order that is not that of their ids.
        let sql = "INSERT INTO chat_sessions (id, customer_id, dentist_id, status)
            SELECT 1000 - number, $1::bigint, $2::bigint, 'archived' FROM generate_series(1, 250) number";
        chat.database.rows(sql, &[&customer.id, &dentist.id]).await;
        let mut told = Vec::new();
        for has_more in [true, true, true, true, false] {
            let page = since(chat, &dentist, &cursor).await;
            assert_eq!((ids(&page).len(), &page["has_more"]), (50, &json!(has_more)));
            told.extend(ids(&page));
            next(&page).clone_into(&mut cursor);
        }
        assert!(told.into_iter().eq(750..1000));
    });
}

#[test]
fn the_unread_total_is_over_active_sessions_alone() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 3).await;
        for (customer, session) in &sessions {
            chat.say(customer, *session, "one").await;
            chat.say(customer, *session, "two").await;
        }
        let cursor = caught_up(chat, &dentist).await;
        assert_eq!(since(chat, &dentist, &cursor).await["unread_total"], 6);
        assert_eq!(chat.mark_read(&dentist, sessions[0].1, 1).await.status, 200);
        chat.archive(sessions[1].1).await;
        assert_eq!(since(chat, &dentist, &cursor).await["unread_total"], 3);
        assert_eq!(chat.sync(&sessions[0].0, &[]).await.body["unread_total"], 0);
    });
}

#[test]
fn a_page_that_would_not_fit_an_answer_is_shorter() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 6).await;
        for (_, session) in &sessions {
            chat.fill(*session, 20).await;
        }
        let widest = "UPDATE chat_messages SET content = repeat(chr(1), 8192)";
        chat.database.rows(widest, &[]).await;
        chat.quiet().await;
        let mut found = Vec::new();
        let mut page = chat.sync(&dentist, &[]).await;
        assert!(page.expect(200)["has_more"] == true && page.text.len() < 6_000_000);
        found.extend(ids(&page.body));
        while page.body["has_more"] == true {
            page = chat.sync(&dentist, &[("since", next(&page.body))]).await;
            found.extend(ids(&page.body));
        }
        found.sort_unstable();
        assert_eq!(found, sessions.iter().map(|(_, session)| *session).collect::<Vec<_>>());
    });
}
