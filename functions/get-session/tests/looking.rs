//! A session as each side sees it.

use chat_testing::with_chat;
use serde_json::json;

#[test]
fn each_side_sees_its_own_unread_count() {
    with_chat(async |chat| {
        let (customer, dentist, id) = chat.conversation().await;
        chat.say(&customer, id, "one").await;
        chat.say(&customer, id, "two").await;
        let last = chat.say(&dentist, id, "three").await;
        chat.mark_read(&dentist, id, 1).await;

        let session = chat.get(&customer, id).await;
        let seen_by_customer = json!({
            "id": id, "status": "active",
            "customer": {"id": customer.id, "name": customer.name},
            "dentist": {"id": dentist.id, "name": dentist.name},
            "created_at": session.body["created_at"], "updated_at": last["created_at"],
            "last_seq": 3, "last_message": last, "unread_count": 1,
            "customer_read_seq": 0, "dentist_read_seq": 1,
        });
        assert_eq!(session.expect(200), &seen_by_customer);
        let mut seen_by_dentist = seen_by_customer;
        seen_by_dentist["unread_count"] = json!(1);
        assert_eq!(chat.get(&dentist, id).await.expect(200), &seen_by_dentist);

        chat.mark_read(&dentist, id, 3).await;
        assert_eq!(chat.get(&dentist, id).await.body["unread_count"], 0);
        assert_eq!(chat.get(&customer, id).await.body["unread_count"], 1);
    });
}

#[test]
fn an_archived_session_can_be_seen() {
    with_chat(async |chat| {
        let (customer, dentist, id) = chat.conversation().await;
        chat.archive(id).await;
        for person in [&customer, &dentist] {
            assert_eq!(chat.get(person, id).await.expect(200)["status"], "archived");
        }
    });
}

#[test]
fn times_are_utc() {
    with_chat(async |chat| {
        let (customer, _, id) = chat.conversation().await;
        let session = chat.get(&customer, id).await.body;
        for field in ["created_at", "updated_at"] {
            let time = session[field].as_str().unwrap();
            assert!(
                time.len() > 19 && time.ends_with('Z') && time.as_bytes()[10] == b'T',
                "{time}"
            );
        }
    });
}

#[test]
fn nobodys_email_is_shown() {
    with_chat(async |chat| {
        let (customer, dentist, id) = chat.conversation().await;
        for person in [&customer, &dentist] {
            let reply = chat.get(person, id).await;
            assert!(!reply.text.contains('@'), "{}", reply.text);
        }
    });
}

#[test]
fn an_id_must_be_one() {
    with_chat(async |chat| {
        use chat_testing::{Event, Operation};
        let customer = chat.customer().await;
        for id in [
            "0",
            "-1",
            "+1",
            "01",
            "1.0",
            "1e3",
            " 1",
            "1 ",
            "x",
            "",
            "9223372036854775808",
            "-9223372036854775808",
            "1,2",
            "%31",
            "١",
            "1;DROP TABLE chat_sessions",
        ] {
            let event = Event::of(Operation::GetSession, &customer).session(id);
            let reply = chat.invoke(Operation::GetSession, event).await;
            reply.assert_invalid(&[("session_id", "must be a whole number, 1 or more")]);
        }
        let event = Event::of(Operation::GetSession, &customer).session(i64::MAX);
        let reply = chat.invoke(Operation::GetSession, event).await;
        reply.assert_problem("session_not_found");
    });
}
