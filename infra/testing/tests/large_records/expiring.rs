//! A long session of which most expires while people go on: in bounded steps, and exact at its new beginning.

use crate::{
    help::{keeping_for, own_ids},
    is_full_size,
};
use chat_testing::{Chat, Person, new_id, with_chat};
use serde_json::{Value, json};
use std::cell::Cell;

/// Messages that stay.
const KEPT: i64 = 1_000;

/// A session of so many messages, all but the last of them older than the period.
async fn long_session(chat: &Chat, count: i64) -> (Person, Person, i64) {
    let (customer, dentist, session) = chat.conversation().await;
    chat.fill(session, count).await;
    let sql = "UPDATE chat_messages SET created_at = now() - interval '400 days' + seq * interval '1 second'
        WHERE session_id = $1 AND seq <= $2";
    chat.database.rows(sql, &[&session, &(count - KEPT)]).await;
    (customer, dentist, session)
}

fn seqs(messages: &Value) -> Vec<i64> {
    messages.as_array().unwrap().iter().map(|it| it["seq"].as_i64().unwrap()).collect()
}

/// Writes, and reads the beginning, until it is over: nobody is refused, and no page has a gap. How often.
async fn go_on(chat: &Chat, customer: &Person, session: i64, is_over: &Cell<bool>) -> i64 {
    let environment = chat.environment_with(&[("SEND_BURST", "0")]);
    let (mut sent, mut first) = (0, 0);
    while !is_over.get() {
        let body = json!({"client_message_id": new_id(), "content": "meanwhile"});
        let reply = environment.send(customer, session, &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        sent += 1;
        let page = environment.list(customer, session, &[("after", 0), ("limit", 10)]).await;
        let page = page.expect(200);
        let seqs = seqs(&page["messages"]);
        assert!(seqs[0] >= first, "{} after {first}", seqs[0]);
        first = seqs[0];
        assert_eq!(seqs, (first..first + 10).collect::<Vec<_>>());
        assert_eq!(page["has_more_before"], false);
    }
    sent
}

#[test]
fn a_long_session_expires_in_steps_while_people_go_on_and_is_exact_at_its_new_beginning() {
    let count = if is_full_size() { 1_000_000 } else { 20_000 };
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = long_session(chat, count).await;
        let synced = chat.sync(&dentist, &[]).await;
        let before = synced.expect(200)["next"].as_str().unwrap().to_owned();
        let is_over = Cell::new(false);
        let expiring = async {
            let report = keeping_for(chat, 90).duty("apply-retention", &json!({})).await;
            is_over.set(true);
            report
        };
        let (report, sent) = tokio::join!(expiring, go_on(chat, &customer, session, &is_over));
        let (first, last) = (count - KEPT + 1, count + sent);
        let counted = (&report["messages"], &report["more"]);
        assert_eq!(counted, (&json!(count - KEPT), &json!(false)), "{report}");
        eprintln!("{} of {count} messages expired while {sent} were sent", count - KEPT);

        for (cursor, begin, end, has_more) in [
            (("after", 0), first, first + 9, [false, true]),
            (("after", first - 2), first, first + 9, [false, true]),
            (("before", first + 3), first, first + 2, [false, true]),
            (("around", 1), first, first + 9, [false, true]),
            (("around", first + 20), first + 15, first + 24, [true, true]),
            (("around", last), last - 9, last, [true, false]),
        ] {
            let page = chat.list(&customer, session, &[cursor, ("limit", 10)]).await;
            let page = page.expect(200);
            assert_eq!(seqs(&page["messages"]), (begin..=end).collect::<Vec<_>>(), "{cursor:?}");
            let more = [&page["has_more_before"], &page["has_more_after"]];
            assert_eq!(more, [&json!(has_more[0]), &json!(has_more[1])], "{cursor:?}");
        }
        let synced = chat.sync(&dentist, &[("since", before.as_str())]).await;
        let change = &synced.expect(200)["changes"][0];
        let newest = (last - 19).max(count + 1);
        assert_eq!(seqs(&change["messages"]), (newest..=last).collect::<Vec<_>>());
        assert_eq!(change["truncated"], sent > 20);
        // Of the messages that stayed, the customer wrote every second one, and all of the new ones.
        assert_eq!(change["session"]["unread_count"], KEPT / 2 + sent);
        let marked = chat.mark_read(&dentist, session, first + 9).await;
        assert_eq!(marked.expect(200)["unread_count"], KEPT / 2 + sent - 5);
        let marked = chat.mark_read(&dentist, session, last).await;
        assert_eq!(marked.expect(200)["unread_count"], 0);
    });
}
