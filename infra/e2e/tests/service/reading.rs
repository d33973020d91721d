//! Read marks.

use crate::heard_nothing_more;
use chat_e2e::Stack;
use serde_json::json;

#[tokio::test]
async fn reading_marks_the_other_sides_messages_and_tells_everyone() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    for (sender, text) in [(&customer, "a"), (&dentist, "b"), (&customer, "c"), (&customer, "d")] {
        sender.say(session, text).await.is(201);
    }
    let mut devices = [customer.connect().await, dentist.connect().await, dentist.connect().await];

    let marked = dentist.mark_read(session, 3).await;
    let expected = json!({"session_id": session, "up_to_seq": 3, "marked": 2, "unread_count": 1});
    assert_eq!(marked.expect(200), &expected);
    let messages = customer.all_messages(session).await;
    let read_at = &messages[0]["read_at"];
    assert!(read_at.is_string());
    let read: Vec<_> = messages.iter().map(|m| (&m["is_read"], &m["read_at"])).collect();
    let (yes, no, never) = (json!(true), json!(false), json!(null));
    assert_eq!(read, [(&yes, read_at), (&no, &never), (&yes, read_at), (&no, &never)]);

    for device in &mut devices {
        let told = device.expect("messages.read").await;
        assert_eq!(
            told,
            json!({"type": "messages.read", "session_id": session, "reader": "dentist",
                   "up_to_seq": 3, "read_at": read_at})
        );
    }

    // It never moves back, and what does not move is not told.
    for up_to in [0, 2, 3] {
        let again = dentist.mark_read(session, up_to).await;
        let expected =
            json!({"session_id": session, "up_to_seq": 3, "marked": 0, "unread_count": 1});
        assert_eq!(again.expect(200), &expected);
    }
    let [a, b, c] = &mut devices;
    heard_nothing_more([a, b, c]).await;
}

#[tokio::test]
async fn nobody_reads_what_is_not_there() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    assert_eq!(customer.mark_read(session, 0).await.expect(200)["up_to_seq"], 0);
    customer.mark_read(session, 1).await.is_invalid(&["up_to_seq"]);
    dentist.say(session, "now there is").await.is(201);
    customer.mark_read(session, 2).await.is_invalid(&["up_to_seq"]);
    customer.mark_read(session, -1).await.is_invalid(&["up_to_seq"]);
    assert_eq!(customer.mark_read(session, 1).await.expect(200)["marked"], 1);
}

#[tokio::test]
async fn sending_does_not_move_ones_own_mark() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    dentist.say(session, "please answer").await.is(201);
    customer.say(session, "not looking").await.is(201);
    let seen = customer.get_session(session).await;
    assert_eq!(seen.expect(200)["customer_read_seq"], 0);
    assert_eq!(seen.body["unread_count"], 1);
    // Reading up to one's own message reads the other side's before it.
    let marked = customer.mark_read(session, 2).await;
    assert_eq!(
        (&marked.expect(200)["marked"], &marked.body["unread_count"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(customer.all_messages(session).await[1]["is_read"], false);
}
