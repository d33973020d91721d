//! The short storm, and storms over a service that was broken on purpose: the checker must notice.

use chat_e2e::{PrivateStack, Stack};
use chat_faults::{
    check::Fault,
    storm::{self, Plan, Weather},
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_arrives_and_the_checker_notices_when_it_does_not() {
    let settings = [
        ("SEND_BURST", "0"),
        ("FORGETFUL_NETWORK", "1"),
        ("REDELIVER_EVERY_SECONDS", "3"),
        ("RETENTION_DAYS", "1"),
    ];
    let private = PrivateStack::start(&settings);
    let stack = private.stack();
    everything_arrives(&stack).await;
    unsafe_commits_are_noticed(&stack).await;
    a_missing_outbox_is_noticed(&stack).await;
}

async fn everything_arrives(stack: &Stack) {
    let plan = Plan { acknowledged: 150, kills: 4, restarts: 1, ..plan(Weather::ABitOfEverything) };
    let storm = storm::run(stack, &plan).await;
    println!("{storm:#?}");
    assert_eq!(storm.findings.broken(), [], "{:#?}", storm.findings);
    assert!(storm.acknowledged >= 150 && storm.pushes_accepted > 0 && storm.heard_by_frame > 0);
    assert!(storm.expired > 0 && storm.corrected > 0 && storm.retracted > 0);
}

/// PostgreSQL acknowledges before it has written: a restart loses what was acknowledged last.
async fn unsafe_commits_are_noticed(stack: &Stack) {
    let database = stack.database().await;
    database.run("ALTER DATABASE chat SET synchronous_commit = off").await;
    stack.kill("send-message").await;
    // What was lost may have been heard under a place that another message has now: waiting mends nothing.
    let patience = Duration::from_secs(5);
    let plan = Plan { restarts: 5, patience, ..plan(Weather::DatabaseDies) };
    let storm = storm::run(stack, &plan).await;
    println!("{storm:#?}");
    assert!(storm.findings.count(Fault::Lost) > 0, "{:#?}", storm.findings);
    let database = stack.database().await;
    database.run("ALTER DATABASE chat RESET synchronous_commit").await;
    stack.kill("send-message").await;
}

/// Nothing is owed for a message: whoever dies after the commit takes the frame and the push along.
async fn a_missing_outbox_is_noticed(stack: &Stack) {
    let database = stack.database().await;
    database
        .run(
            "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER forget BEFORE INSERT ON outbox
             FOR EACH ROW EXECUTE FUNCTION forget()",
        )
        .await;
    let plan = Plan { kills: 15, patience: Duration::from_secs(5), ..plan(Weather::SendersDie) };
    let storm = storm::run(stack, &plan).await;
    println!("{storm:#?}");
    let broken = storm.findings.broken();
    assert!(broken.contains(&Fault::PushMissing), "{:#?}", storm.findings);
    assert!(!broken.contains(&Fault::Lost), "{:#?}", storm.findings);
}

fn plan(weather: Weather) -> Plan {
    Plan {
        weather,
        online: 3,
        offline: 1,
        acknowledged: 0,
        kills: 0,
        restarts: 0,
        patience: Duration::from_mins(2),
        is_in_a_hurry: true,
    }
}
