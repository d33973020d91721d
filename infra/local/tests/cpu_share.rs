//! An environment gets its share of a core, and no more.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;

use std::fs;
use std::time::{Duration, Instant};

use chat_local::lambda::{Lambda, LambdaSettings};
use fixture::{function, invoke};
use serde_json::{Value, json};

/// A tick of the times in `/proc/<pid>/stat`.
const TICK: f64 = 0.01;

/// The processor time that a process has used, in seconds.
fn used(pid: &Value) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: u32 = fields[11..=12].iter().map(|ticks| ticks.parse::<u32>().unwrap()).sum();
    f64::from(ticks) * TICK
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_environment_gets_its_share_of_a_core_and_is_frozen_between_requests() {
    let settings = fixture::settings(vec![function("f")], 1);
    let settings = LambdaSettings { cpu_share: Some("0.14".parse().unwrap()), ..settings };
    let lambda = Lambda::start(settings, &fixture::log()).await.unwrap();
    let pid = invoke(&lambda, "f", json!({})).await.unwrap()["pid"].clone();
    for _ in 0..2 {
        let (before, since) = (used(&pid), Instant::now());
        invoke(&lambda, "f", json!({"command": "burn", "ms": 2_000})).await.unwrap();
        let share = (used(&pid) - before) / since.elapsed().as_secs_f64();
        assert!(share < 0.17, "{share}");
        // A busy machine may give less than the share, so that this is a low bound.
        assert!(share > 0.01, "it goes on, too: {share}");
        let before = used(&pid);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(used(&pid) - before < 2.0 * TICK, "nothing runs between requests");
    }
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_mostly_waits_is_not_slowed_down() {
    let settings = fixture::settings(vec![function("f")], 1);
    let settings = LambdaSettings { cpu_share: Some("0.14".parse().unwrap()), ..settings };
    let lambda = Lambda::start(settings, &fixture::log()).await.unwrap();
    invoke(&lambda, "f", json!({})).await.unwrap();
    let since = Instant::now();
    for _ in 0..20 {
        invoke(&lambda, "f", json!({"command": "sleep", "ms": 50})).await.unwrap();
    }
    let took = since.elapsed();
    assert!(took < Duration::from_secs(3), "20 times 50 ms took {took:?}");
    lambda.stop().await;
}
