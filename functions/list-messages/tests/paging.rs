//! Pages of messages, against a model that is easy to believe.

use chat_testing::{Chat, Event, Operation, Person, check_property, with_chat};
use proptest::{prelude::*, test_runner::TestCaseResult};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The seqs of a page, and whether there is more on either side.
type Page = (Vec<i64>, bool, bool);

/// What the contract says of sessions with the messages 1 to `last`.
fn model(last: i64, cursor: Option<(&str, i64)>, limit: i64) -> Page {
    let all = 1..=last;
    let size = count(limit);
    let page: Vec<i64> = match cursor {
        None => all.clone().rev().take(size).collect(),
        Some(("after", n)) => all.clone().filter(|seq| *seq > n).take(size).collect(),
        Some(("before", n)) if n <= last + 1 => {
            all.clone().rev().filter(|seq| *seq < n).take(size).collect()
        }
        Some(("around", n)) if n <= last => {
            // As many of the nearest as there may be after it; the rest before; then whatever fills up.
            let after = all.clone().filter(|seq| *seq > n).take(count((limit - 1) / 2));
            let mut page: Vec<i64> = all.clone().filter(|seq| *seq == n).chain(after).collect();
            page.extend(all.clone().rev().filter(|seq| *seq < n).take(size - page.len()));
            let rest = all.clone().filter(|seq| *seq > n && !page.contains(seq));
            let rest: Vec<i64> = rest.take(size - page.len()).collect();
            page.extend(rest);
            page
        }
        Some(_) => Vec::new(),
    };
    let mut page = page;
    page.sort_unstable();
    let (before, after) = match (page.first(), page.last(), cursor) {
        (Some(first), Some(newest), _) => (*first > 1, *newest < last),
        (_, _, Some(("before", n))) if n <= last => (false, last > 0),
        _ => (last > 0, false),
    };
    (page, before, after)
}

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn seqs(page: &Value) -> Vec<i64> {
    let messages = page["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    messages.iter().filter_map(|message| message["seq"].as_i64()).collect()
}

const LENGTHS: [i64; 6] = [0, 1, 2, 7, 40, 150];

/// One customer's sessions, by their number of messages.
async fn archive_of_sessions(chat: &Chat) -> (Person, BTreeMap<i64, i64>) {
    let customer = chat.customer().await;
    let mut sessions = BTreeMap::new();
    for length in LENGTHS {
        let session = chat.session(&customer, &chat.dentist().await).await;
        chat.fill(session, length).await;
        sessions.insert(length, session);
    }
    (customer, sessions)
}

fn cursors() -> impl Strategy<Value = Option<(&'static str, i64)>> {
    let names = prop::sample::select(vec!["before", "after", "around"]);
    let seqs = prop_oneof![8 => 0..160_i64, 1 => Just(i64::MAX), 1 => Just(i64::MAX - 1)];
    prop::option::weighted(0.9, (names, seqs))
}

#[test]
fn every_page_is_the_models() {
    let values = (
        prop::sample::select(LENGTHS.to_vec()),
        cursors(),
        prop::option::of(prop_oneof![1..6_i64, 1..=100_i64]),
    );
    check_property(600, archive_of_sessions, &values, &async |chat, prepared, value| {
        let ((customer, sessions), (length, cursor, limit)) = (prepared, value);
        let query: Vec<(&str, i64)> =
            cursor.into_iter().chain(limit.map(|limit| ("limit", limit))).collect();
        let reply = chat.list(customer, sessions[&length], &query).await;
        prop_assert_eq!(reply.status, 200, "{}", reply.text);
        let page = &reply.body;
        let more = |side: &str| page[side].as_bool().expect("a boolean");
        let answered = (seqs(page), more("has_more_before"), more("has_more_after"));
        prop_assert_eq!(answered, model(length, cursor, limit.unwrap_or(50)));
        prop_assert_eq!(&page["last_seq"], &json!(length));
        TestCaseResult::Ok(())
    });
}

#[test]
fn a_page_has_the_sessions_marks() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let first = chat.say(&customer, session, "one").await;
        let second = chat.say(&dentist, session, "two").await;
        chat.mark_read(&dentist, session, 1).await;
        chat.mark_read(&customer, session, 2).await;
        let reply = chat.list(&customer, session, &[]).await;
        let page = reply.expect(200);
        let (mut first, mut second) = (first, second);
        for (message, index) in [(&mut first, 0), (&mut second, 1)] {
            message["is_read"] = json!(true);
            message["read_at"] = page["messages"][index]["read_at"].clone();
            assert!(message["read_at"].is_string());
        }
        let expected = json!({
            "messages": [first, second], "has_more_before": false, "has_more_after": false,
            "last_seq": 2, "customer_read_seq": 2, "dentist_read_seq": 1,
        });
        assert_eq!(page, &expected);
        assert_eq!(chat.list(&dentist, session, &[]).await.body, expected);
    });
}

#[test]
fn an_archived_session_can_be_read() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        chat.archive(session).await;
        for person in [&customer, &dentist] {
            assert_eq!(seqs(chat.list(person, session, &[]).await.expect(200)), [1]);
        }
    });
}

#[test]
fn parameters_out_of_bounds_are_refused() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        for (name, value) in [
            ("limit", "0"),
            ("limit", "101"),
            ("limit", "-1"),
            ("limit", "1000000000"),
            ("limit", "x"),
            ("after", "-1"),
            ("before", "-1"),
            ("around", "-9223372036854775808"),
            ("after", "9223372036854775808"),
            ("after", "1.0"),
            ("before", ""),
            ("around", "1,2"),
            ("cursor", "x"),
            ("offset", "1"),
        ] {
            let event = Event::of(Operation::ListMessages, &customer).session(session);
            let event = event.query(name, value);
            chat.invoke(Operation::ListMessages, event).await.assert_invalid_field(name);
        }
    });
}

#[test]
fn two_cursors_are_refused() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        for query in [
            &[("before", 1), ("after", 1)][..],
            &[("before", 1), ("around", 1)],
            &[("after", 0), ("around", 0)],
            &[("after", 0), ("around", 0), ("before", 0)],
        ] {
            let reply = chat.list(&customer, session, query).await;
            let reason = "at most one of before, after and around may be given";
            reply.assert_invalid(&[("before", reason)]);
        }
    });
}

#[test]
fn a_page_that_would_not_fit_an_answer_is_shorter_and_says_so() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.fill(session, 100).await;
        // Six bytes each in JSON, and seven in the answer that carries it; and long lists of images.
        let sql = "UPDATE chat_messages SET content = repeat(chr(1), 8192), image_urls = (
                SELECT jsonb_agg('sessions/1/customer-1/' || n || repeat('x', 60)) FROM generate_series(1, 10) n)
            WHERE session_id = $1";
        chat.database.rows(sql, &[&session]).await;
        let mut heard = Vec::new();
        for query in [&[][..], &[("after", 0)], &[("before", 101)], &[("around", 50)]] {
            let query = [query, &[("limit", 100)]].concat();
            let page = chat.list(&customer, session, &query).await;
            let carried = serde_json::to_string(&page.text).unwrap().len();
            assert!((4_000_000..6_000_000).contains(&carried), "{carried} bytes");
            let seqs = seqs(page.expect(200));
            let (first, last) = (seqs[0], *seqs.last().unwrap());
            assert_eq!(seqs, (first..=last).collect::<Vec<_>>());
            assert_eq!(page.body["has_more_before"], first > 1);
            assert_eq!(page.body["has_more_after"], last < 100);
            heard.push((first, last));
        }
        let [(newest, 100), (1, after), (before, 100), (around, up_to)] = heard[..] else {
            panic!("{heard:?}")
        };
        assert!(newest > 1 && after < 100 && before > 1, "{heard:?}");
        assert!((around..=up_to).contains(&50) && around > 1 && up_to < 100, "{heard:?}");
    });
}

#[test]
fn around_a_session_without_messages_there_is_nothing() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        for query in
            [&[][..], &[("after", 0)], &[("before", 0)], &[("before", 1)], &[("around", 0)]]
        {
            let page = chat.list(&customer, session, query).await;
            assert!(seqs(page.expect(200)).is_empty());
            let more = (&page.body["has_more_before"], &page.body["has_more_after"]);
            assert_eq!(more, (&json!(false), &json!(false)), "{query:?}");
        }
    });
}

#[test]
fn at_both_ends_and_beyond_them_a_page_says_what_is_there() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.fill(session, 3).await;
        for (query, expected, before, after) in [
            (("after", 2), vec![3], true, false),
            (("after", 3), vec![], true, false),
            (("after", 9), vec![], true, false),
            (("before", 1), vec![], false, true),
            (("before", 4), vec![1, 2, 3], false, false),
            (("before", 5), vec![], true, false),
            (("before", 9), vec![], true, false),
            (("around", 4), vec![], true, false),
        ] {
            let page = chat.list(&customer, session, &[query]).await;
            let more = (&page.body["has_more_before"], &page.body["has_more_after"]);
            assert_eq!(more, (&json!(before), &json!(after)), "{query:?}");
            assert_eq!(seqs(page.expect(200)), expected, "{query:?}");
        }
    });
}
