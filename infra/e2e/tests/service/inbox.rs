//! The inbox.

use chat_e2e::{Person, Stack};
use serde_json::{Value, json};

#[tokio::test]
async fn an_inbox_shows_the_most_recent_activity_first() {
    let stack = Stack::shared();
    let dentist = stack.dentist().await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        let customer = stack.customer().await;
        sessions.push((customer.create_session(&dentist).await.id(201), customer));
    }
    for index in [3, 0, 4, 1, 2, 0] {
        let (session, customer) = &sessions[index];
        customer.say(*session, &format!("from {index}")).await.is(201);
    }
    let order: Vec<_> = [0, 2, 1, 4, 3].map(|index| sessions[index].0).into();
    assert_eq!(page_through(&dentist, "limit=2").await, order);
    assert_eq!(page_through(&dentist, "limit=5").await, order);
    // Reading is no activity.
    dentist.mark_read(sessions[3].0, 1).await.is(200);
    assert_eq!(page_through(&dentist, "").await, order);

    let inbox = dentist.list_sessions("").await;
    let first = &inbox.expect(200)["sessions"][0];
    assert_eq!(first, dentist.get_session(order[0]).await.expect(200));
    assert_eq!(first["last_message"]["content"], "from 0");
    assert_eq!(first["unread_count"], 2);
    assert_eq!(first["customer"]["name"], sessions[0].1.name.as_str());
    assert!(!inbox.text.contains("@example.test"));
}

#[tokio::test]
async fn an_inbox_is_filtered_by_status() {
    let stack = Stack::shared();
    let (customer, dentist, old) = stack.conversation().await;
    dentist.update_session(old, "archived").await.is(200);
    let new = customer.create_session(&dentist).await.id(201);
    customer.say(new, "hello again").await.is(201);
    for person in [&customer, &dentist] {
        assert_eq!(page_through(person, "").await, [new]);
        assert_eq!(page_through(person, "status=active").await, [new]);
        assert_eq!(page_through(person, "status=archived").await, [old]);
        assert_eq!(page_through(person, "status=all&limit=1").await, [new, old]);
    }
}

#[tokio::test]
async fn an_inbox_holds_ones_own_sessions_only() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    let (other, nobody) = stack.pair().await;
    assert_eq!(page_through(&customer, "status=all").await, [session]);
    assert_eq!(page_through(&other, "status=all").await, [0_i64; 0]);
    let empty = nobody.list_sessions("").await;
    assert_eq!(empty.expect(200), &json!({"sessions": [], "next_cursor": null}));
}

#[tokio::test]
async fn what_is_no_page_of_an_inbox_is_refused() {
    let stack = Stack::shared();
    let customer = stack.customer().await;
    for (query, field) in [
        ("status=deleted", "status"),
        ("status=", "status"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=", "cursor"),
        ("offset=5", "offset"),
    ] {
        customer.list_sessions(query).await.is_invalid(&[field]);
    }
}

/// The ids on all pages.
async fn page_through(person: &Person, query: &str) -> Vec<i64> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = person.list_sessions(&format!("{query}{cursor}")).await;
        let page = page.expect(200);
        let sessions = page["sessions"].as_array().unwrap();
        ids.extend(sessions.iter().map(|session| session["id"].as_i64().unwrap()));
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            none => {
                assert!(none.is_null());
                return ids;
            }
        }
    }
}
