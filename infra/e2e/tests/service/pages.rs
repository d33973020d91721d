//! Paging through a session.

use chat_e2e::Stack;
use serde_json::Value;

const COUNT: i64 = 12;

#[tokio::test]
async fn pages_are_what_the_contract_says() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    for n in 0..COUNT {
        let sender = if n % 3 == 0 { &customer } else { &dentist };
        sender.say(session, &format!("{}", n + 1)).await.is(201);
    }
    customer.mark_read(session, 5).await.is(200);
    dentist.mark_read(session, 2).await.is(200);

    let mut queries = vec![String::new()];
    for limit in [1, 2, 3, 4, 11, 12, 13, 100] {
        queries.push(format!("limit={limit}"));
        for cursor in [0, 1, 2, 6, 11, 12, 13, 14, 400] {
            let kinds = ["after", "before", "around"];
            queries.extend(kinds.map(|kind| format!("{kind}={cursor}&limit={limit}")));
        }
    }
    let ask = async |query: &String| {
        let page = customer.list_messages(session, query).await;
        assert_page(query, page.expect(200));
    };
    for some in queries.chunks(4) {
        futures_util::future::join_all(some.iter().map(ask)).await;
    }
}

fn assert_page(query: &str, page: &Value) {
    let seqs: Vec<_> = page["messages"].as_array().unwrap().iter().map(seq).collect();
    assert_eq!(seqs, expected(query), "{query}");
    assert_eq!(page["last_seq"], COUNT);
    assert_eq!(page["customer_read_seq"], 5);
    assert_eq!(page["dentist_read_seq"], 2);
    if let (Some(first), Some(last)) = (seqs.first(), seqs.last()) {
        assert_eq!(page["has_more_before"], *first > 1, "{query}");
        assert_eq!(page["has_more_after"], *last < COUNT, "{query}");
    }
    for message in page["messages"].as_array().unwrap() {
        assert_eq!(message["content"], message["seq"].to_string());
    }
}

fn seq(message: &Value) -> i64 {
    message["seq"].as_i64().unwrap()
}

/// The contract's words, message by message.
fn expected(query: &str) -> Vec<i64> {
    let mut cursor = None;
    let mut limit = 50;
    for (name, value) in query.split('&').filter_map(|part| part.split_once('=')) {
        let value: i64 = value.parse().unwrap();
        if name == "limit" { limit = value } else { cursor = Some((name, value)) }
    }
    let newest = |upper: i64| (1..=upper).rev().take(usize::try_from(limit).unwrap());
    let mut seqs: Vec<i64> = match cursor {
        None => newest(COUNT).collect(),
        Some(("after", n)) => (n + 1..=COUNT).take(usize::try_from(limit).unwrap()).collect(),
        // A cursor beyond the end gives an empty page; the end itself is one past the newest.
        Some(("before", n)) if n > COUNT + 1 => Vec::new(),
        Some(("before", n)) => newest(n - 1).collect(),
        Some((_, n)) if n > COUNT => Vec::new(),
        Some((_, n)) => around(n, limit),
    };
    seqs.sort_unstable();
    seqs
}

/// n, up to half of the others after it, the rest before it; either side fills up for the other.
fn around(n: i64, limit: i64) -> Vec<i64> {
    let after_first = COUNT.min(n + (limit - 1) / 2);
    let mut seqs: Vec<i64> = (n.max(1)..=after_first).collect();
    let missing = |seqs: &Vec<i64>| usize::try_from(limit).unwrap() - seqs.len();
    let before: Vec<i64> = (1..n).rev().take(missing(&seqs)).collect();
    seqs.extend(before);
    let after: Vec<i64> = (after_first + 1..=COUNT).take(missing(&seqs)).collect();
    seqs.extend(after);
    seqs
}

#[tokio::test]
async fn an_empty_session_has_empty_pages() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    for query in ["", "after=0", "before=1", "around=1", "around=0", "before=0"] {
        let page = customer.list_messages(session, query).await;
        let page = page.expect(200);
        assert_eq!(page["messages"], serde_json::json!([]), "{query}");
        assert_eq!(
            (&page["has_more_before"], &page["has_more_after"]),
            (&false.into(), &false.into())
        );
        assert_eq!(page["last_seq"], 0);
    }
}

#[tokio::test]
async fn a_cursor_is_one_whole_number() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    for (query, field) in [
        ("after=-1", "after"),
        ("before=-1", "before"),
        ("around=-1", "around"),
        ("after=x", "after"),
        ("after=", "after"),
        ("after=1.5", "after"),
        ("after=1,2", "after"),
        ("after=9223372036854775808", "after"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=101", "limit"),
        ("limit=1000000000", "limit"),
        ("page=2", "page"),
    ] {
        customer.list_messages(session, query).await.is_invalid(&[field]);
    }
    customer.list_messages(session, "after=1&before=5").await.is_problem(400, "invalid_request");
    customer.list_messages(session, "after=9223372036854775807").await.is(200);
}
