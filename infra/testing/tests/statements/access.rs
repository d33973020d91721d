//! `access/*`: what operators did is listed up to a bound.

use chat::store::{Subject, access};
use chat_testing::with_chat;
use std::time::Duration;

#[test]
fn an_answer_lists_no_more_of_what_operators_did_than_it_may() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let sql = "INSERT INTO exports (id, customer_id, begun_at, finished_at)
            SELECT gen_random_uuid(), $1, now(), now() FROM generate_series(1, 3)";
        chat.database.rows(sql, &[&customer.id]).await;
        let now = chat::clock::now();
        let span = ((now - Duration::from_mins(1)).into(), (now + Duration::from_mins(1)).into());
        let subject = Subject::Customer(customer.id.into());
        for (limit, listed) in [(2, 2), (9, 3)] {
            let acts = access::operators(&chat.app().db, subject, span, limit).await.unwrap();
            assert_eq!(acts.len(), listed);
        }
    });
}
