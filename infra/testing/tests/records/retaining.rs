//! What is older than the retention period goes, from the beginning of a session on; pages, marks and counts
//! stay true.

use crate::help::{age, everything, keeping_for, own_ids, show};
use chat_testing::{Chat, Person, with_chat};
use serde_json::{Value, json};

async fn apply(chat: &Chat) -> Value {
    keeping_for(chat, 90).duty("apply-retention", &json!({})).await
}

/// A session of which the first 1,200 of 1,300 messages are older than the period.
async fn half_expired(chat: &Chat) -> (Person, Person, i64) {
    let (customer, dentist, session) = chat.conversation().await;
    chat.fill(session, 1_300).await;
    let sql = "UPDATE chat_messages SET created_at = now() - interval '100 days' + seq * interval '1 second'
        WHERE session_id = $1 AND seq <= 1200";
    chat.database.rows(sql, &[&session]).await;
    (customer, dentist, session)
}

fn seqs(page: &Value) -> Vec<i64> {
    page["messages"].as_array().unwrap().iter().map(|it| it["seq"].as_i64().unwrap()).collect()
}

#[test]
fn pages_at_the_new_beginning_are_exact() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = half_expired(chat).await;
        let report = apply(chat).await;
        assert_eq!(
            (&report["messages"], &report["more"]),
            (&json!(1_200), &json!(false)),
            "{report}"
        );
        for (cursor, first, last, before, after) in [
            (("after", 0), 1_201, 1_205, false, true),
            (("after", 700), 1_201, 1_205, false, true),
            (("after", 1_200), 1_201, 1_205, false, true),
            (("after", 1_295), 1_296, 1_300, true, false),
            (("before", 1_204), 1_201, 1_203, false, true),
            (("before", 1_210), 1_205, 1_209, true, true),
            (("around", 3), 1_201, 1_205, false, true),
            (("around", 1_202), 1_201, 1_205, false, true),
            (("around", 1_300), 1_296, 1_300, true, false),
        ] {
            let page = chat.list(&customer, session, &[cursor, ("limit", 5)]).await;
            let page = page.expect(200);
            assert_eq!(seqs(page), (first..=last).collect::<Vec<_>>(), "{cursor:?}");
            let more = (&page["has_more_before"], &page["has_more_after"]);
            assert_eq!(more, (&json!(before), &json!(after)), "{cursor:?}");
            assert_eq!(page["last_seq"], 1_300);
        }
        let none = chat.list(&customer, session, &[("before", 1_201)]).await;
        let none = none.expect(200);
        assert_eq!((seqs(none), &none["has_more_before"]), (vec![], &json!(false)));
    });
}

#[test]
fn unread_counts_are_of_what_is_there_and_marks_go_on_from_it() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = half_expired(chat).await;
        // 650 of the dentist's, of which 300 are read.
        assert_eq!(chat.mark_read(&customer, session, 600).await.status, 200);
        apply(chat).await;
        assert_eq!(chat.get(&customer, session).await.expect(200)["unread_count"], 50);
        let marked = chat.mark_read(&customer, session, 1_000).await;
        assert_eq!(marked.expect(200)["unread_count"], 50);
        let marked = chat.mark_read(&customer, session, 1_250).await;
        assert_eq!(marked.expect(200)["unread_count"], 25);
        let marked = chat.mark_read(&customer, session, 1_300).await;
        assert_eq!(marked.expect(200)["unread_count"], 0);
    });
}

#[test]
fn counts_of_what_was_sent_stay_true() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        for _ in 0..3 {
            chat.say(&customer, session, "old").await;
            chat.say(&dentist, session, "old").await;
        }
        age(chat, session, 100).await;
        for _ in 0..2 {
            chat.say(&dentist, session, "new").await;
        }
        apply(chat).await;
        assert_eq!(chat.get(&customer, session).await.expect(200)["unread_count"], 2);
        let marked = chat.mark_read(&customer, session, 7).await;
        assert_eq!(marked.expect(200)["unread_count"], 1);
        chat.say(&dentist, session, "newest").await;
        assert_eq!(chat.get(&customer, session).await.expect(200)["unread_count"], 2);
        assert_eq!(chat.get(&customer, session).await.expect(200)["last_seq"], 9);
    });
}

#[test]
fn a_session_without_messages_has_no_last_one_and_goes_once_it_is_archived() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        let key = show(chat, &customer, session).await;
        assert_eq!(chat.correct(&customer, session, 1, "corrected").await.status, 200);
        age(chat, session, 100).await;
        let report = apply(chat).await;
        assert_eq!((&report["messages"], &report["images"]), (&json!(1), &json!(1)), "{report}");
        assert!(!everything(chat).await.contains(crate::help::CANARY));
        assert!(chat.app().vault.image(&key).await.unwrap().is_none());
        let view = chat.get(&dentist, session).await;
        let view = view.expect(200);
        assert_eq!((&view["last_message"], &view["last_seq"]), (&Value::Null, &json!(1)));
        assert_eq!(view["unread_count"], 0);
        let inbox = chat.inbox(&dentist, &[]).await;
        assert_eq!(inbox.expect(200)["sessions"][0]["last_message"], Value::Null);
        assert_eq!(apply(chat).await["sessions"], 0);
        chat.archive(session).await;
        assert_eq!(apply(chat).await["sessions"], 1);
        chat.get(&customer, session).await.assert_problem("session_not_found");
    });
}

#[test]
fn without_a_period_nothing_expires() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "old").await;
        age(chat, session, 30_000).await;
        let report = chat.duty("apply-retention", &json!({})).await;
        assert_eq!((&report["messages"], &report["sessions"]), (&json!(0), &json!(0)));
        let dry = keeping_for(chat, 1).duty("apply-retention", &json!({"dry_run": true})).await;
        assert_eq!(dry["first_sessions"], json!([session]));
        assert_eq!((&dry["messages"], &dry["held_messages"]), (&json!(1), &json!(0)), "{dry}");
        assert_eq!(chat.get(&customer, session).await.expect(200)["last_message"]["seq"], 1);
    });
}

/// The cursor of someone who knows everything.
async fn newest_cursor(chat: &Chat, person: &Person) -> String {
    chat.quiet().await;
    chat.sync(person, &[]).await.expect(200)["next"].as_str().unwrap().to_owned()
}

#[test]
fn catching_up_at_the_new_beginning_is_exact() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = half_expired(chat).await;
        let since = newest_cursor(chat, &customer).await;
        apply(chat).await;
        // What it holds is fewer unread messages, and no new ones.
        let caught_up = chat.sync(&customer, &[("since", since.as_str())]).await;
        let caught_up = caught_up.expect(200);
        let change = &caught_up["changes"][0];
        assert_eq!((seqs(change), &change["truncated"]), (vec![], &json!(false)));
        let counted = [&change["session"]["unread_count"], &caught_up["unread_total"]];
        assert_eq!(counted, [&json!(50); 2]);
        let sql = "UPDATE chat_messages SET created_at = now() - interval '91 days'
            WHERE session_id = $1 AND seq <= 1297";
        chat.database.rows(sql, &[&session]).await;
        apply(chat).await;
        // Three are left, fewer than an answer has room for: nothing is before them.
        let anew = chat.sync(&customer, &[]).await;
        let change = &anew.expect(200)["changes"][0];
        assert_eq!(
            (seqs(change), &change["truncated"]),
            (vec![1_298, 1_299, 1_300], &json!(false))
        );
        let since = newest_cursor(chat, &customer).await;
        chat.say(&customer, session, "new").await;
        let caught_up = chat.sync(&customer, &[("since", since.as_str())]).await;
        let change = &caught_up.expect(200)["changes"][0];
        assert_eq!((seqs(change), &change["truncated"]), (vec![1_301], &json!(false)));
        let marked = chat.mark_read(&customer, session, 1_301).await;
        let marked = marked.expect(200);
        assert_eq!((&marked["up_to_seq"], &marked["unread_count"]), (&json!(1_301), &json!(0)));
    });
}
