//! What has changed: which sessions and messages come, how often, in which order.

use crate::help::{caught_up, changes, crowd, ids, next, seqs, since};
use chat_testing::{Chat, new_id, with_chat};
use serde_json::{Value, json};

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
