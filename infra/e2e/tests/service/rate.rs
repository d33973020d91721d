//! The sender's rate.

use chat_e2e::{Stack, new_id};
use serde_json::json;

#[tokio::test]
async fn the_thirty_first_message_in_ten_seconds_waits() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let first = json!({"client_message_id": new_id(), "content": "1"});
    customer.send(session, &first).await.is(201);
    for n in 2..=30 {
        customer.say(session, &n.to_string()).await.is(201);
    }
    let refused = customer.say(session, "31").await;
    refused.is_problem(429, "rate_limited");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    // Retries are never limited, nor is the other side, nor another session.
    customer.send(session, &first).await.is(200);
    dentist.say(session, "slow down").await.is(201);
    let elsewhere = customer.create_session(&stack.dentist().await).await.id(201);
    customer.say(elsewhere, "hello").await.is(201);
    assert_eq!(customer.get_session(session).await.expect(200)["last_seq"], 31);
}
