//! New passwords and keys while people chat: no request fails for long, nothing restarts, nobody deploys.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic where it stands"
)]

use std::cell::Cell;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chat_e2e::{Behavior, PrivateStack, SOON, Stack, eventually, new_id};
use mysql_async::prelude::Queryable as _;
use serde_json::json;
use tokio::sync::Mutex;

/// How long after a secret was changed a request may still fail: five seconds are promised.
const PROMISED: Duration = Duration::from_secs(5);
/// As many requests in a row that go well say that the change is over.
const OVER: usize = 20;
const NEW_PASSWORD: &str = "another-password-than-before";

/// A stack whose functions have one environment each: one that starts is seen. One test at a time.
static STACK: LazyLock<Mutex<PrivateStack>> = LazyLock::new(|| {
    Mutex::new(PrivateStack::start(&[("MAX_ENVIRONMENTS", "1"), ("SEND_BURST", "0")]))
});

async fn put_secret(stack: &Stack, name: &str, value: &str) {
    let url = format!("{}/secrets/{name}", stack.endpoints().lambda_api);
    let answer = stack.http().put(url).json(&json!({ "value": value })).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 204);
}

async fn cold_starts(stack: &Stack, function: &str) -> i64 {
    stack.statistics(function).await["cold_starts"].as_i64().unwrap()
}

/// A URL with another password.
fn with_password(url: &str) -> String {
    let (before, host) = url.rsplit_once('@').unwrap();
    let (account, _) = before.rsplit_once(':').unwrap();
    format!("{account}:{NEW_PASSWORD}@{host}")
}

/// Asks until the change is over; nothing that was asked later than promised failed.
async fn goes_well_again(what: &str, changed: Instant, ask: impl AsyncFn() -> u16) {
    let mut in_a_row = 0;
    while in_a_row < OVER {
        let asked = changed.elapsed();
        let status = ask().await;
        in_a_row = if status < 300 { in_a_row + 1 } else { 0 };
        assert!(status < 300 || asked < PROMISED, "{what}: {status}, asked {asked:?} later");
        // Short of that, only "not now" is an answer.
        assert!(status < 300 || status == 503, "{what}: {status}");
    }
}

#[tokio::test]
async fn a_new_password_of_postgresql_is_found_by_functions_that_run() {
    let turn = STACK.lock().await;
    let stack = turn.stack();
    let (customer, _, session) = stack.conversation().await;
    customer.say(session, "before").await.is(201);
    let began = cold_starts(&stack, "send-message").await;

    let url = &stack.endpoints().database_url;
    let service = stack.authority().postgres(url).await.unwrap();
    let change = format!("ALTER ROLE CURRENT_USER PASSWORD '{NEW_PASSWORD}'");
    service.batch_execute(&change).await.unwrap();
    // Whoever is connected stays so; a failover would end that.
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE usename = CURRENT_USER AND pid <> pg_backend_pid()";
    service.batch_execute(others).await.unwrap();
    customer.say(session, "refused").await.is_problem(503, "unavailable");
    put_secret(&stack, "chat/database", &with_password(url)).await;

    let say = async || customer.say(session, "during").await.status;
    goes_well_again("a send", Instant::now(), say).await;
    assert_eq!(cold_starts(&stack, "send-message").await, began);
    assert!(!stack.log().contains(NEW_PASSWORD));
}

#[tokio::test]
async fn a_new_password_of_jarvis_is_found_by_functions_that_run() {
    let turn = STACK.lock().await;
    let stack = turn.stack();
    stack.customer().await.list_sessions("").await.is(200);
    let began = cold_starts(&stack, "list-sessions").await;
    // Whom a function has met it need not look up.
    let mut strangers = Vec::new();
    for _ in 0..=OVER {
        strangers.push(stack.customer().await);
    }

    let mut jarvis = stack.jarvis().await;
    let change = format!("ALTER USER 'chat_service'@'%' IDENTIFIED BY '{NEW_PASSWORD}'");
    jarvis.query_drop(change).await.unwrap();
    jarvis.query_drop("KILL USER 'chat_service'").await.unwrap();
    jarvis.disconnect().await.unwrap();
    let refused = strangers[0].list_sessions("").await;
    refused.is_problem(503, "directory_unavailable");
    put_secret(&stack, "chat/jarvis", &with_password(&stack.endpoints().jarvis_url)).await;

    let met = Cell::new(0);
    let list = async || {
        let status = strangers[met.get()].list_sessions("").await.status;
        met.set(met.get() + usize::from(status == 200));
        status
    };
    goes_well_again("an inbox", Instant::now(), list).await;
    assert_eq!(cold_starts(&stack, "list-sessions").await, began);
    assert!(!stack.log().contains(NEW_PASSWORD));
}

#[tokio::test]
async fn a_new_key_of_the_push_provider_is_found_by_functions_that_run() {
    let turn = STACK.lock().await;
    let stack = turn.stack();
    let (customer, dentist, session) = stack.conversation().await;
    let player = new_id();
    customer.register_player(&player).await.is(200);
    let arrived = async |count: usize| {
        let arrived = async || {
            // What was refused waits for its turn: that is now.
            stack.database().await.run("UPDATE outbox SET due_at = now() - interval '1 s'").await;
            stack.redeliver().await;
            let pushes = stack.pushes_to(&player).await;
            let taken = pushes.iter().filter(|push| push.status == Some(200)).count();
            (taken == count).then_some(())
        };
        eventually("a push", SOON, arrived).await;
    };
    dentist.say(session, "before").await.is(201);
    arrived(1).await;
    let began = cold_starts(&stack, "redeliver").await;

    stack
        .provider_behaves(&Behavior { key: Some(NEW_PASSWORD.into()), ..Behavior::default() })
        .await;
    dentist.say(session, "refused").await.is(201);
    let refused = async || {
        let pushes = stack.pushes_to(&player).await;
        pushes.iter().any(|push| push.status == Some(403)).then_some(())
    };
    eventually("a refused push", SOON, refused).await;
    put_secret(&stack, "chat/onesignal", NEW_PASSWORD).await;

    // What was refused is owed, and goes out under the new key like what follows.
    dentist.say(session, "after").await.is(201);
    arrived(3).await;
    assert_eq!(cold_starts(&stack, "redeliver").await, began);
    assert!(!stack.log().contains(NEW_PASSWORD));
}
