//! Short versions of what the bench does for minutes: a flood of messages to phones, a provider that is away
//! with very many pushes owed, and what grows with the years.

use chat_e2e::PrivateStack;
use chat_faults::{flood, growth, outage};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn floods_outages_and_years_cost_what_they_may() {
    let private = PrivateStack::start(&[
        ("SEND_BURST", "0"),
        ("REDELIVER_EVERY_SECONDS", "1000000"),
        ("AUTO_ARCHIVE_DAYS", "1"),
    ]);
    let stack = private.stack();
    let flood = flood::flood(&stack).await;
    println!("{flood:#?}");
    assert!(flood.broken.is_empty(), "{:?}", flood.broken);
    let outage = outage::watch(&stack, 5_000, Duration::from_secs(15)).await;
    println!("{outage:#?}");
    assert!(outage.broken.is_empty(), "{:?}", outage.broken);
    // What the outage left owed is not growth's.
    stack.database().await.run("TRUNCATE outbox").await;
    let growth = growth::grow(&stack, 50_000, 20_000).await;
    println!("{growth:#?}");
    assert!(growth.broken.is_empty(), "{:?}", growth.broken);
}
