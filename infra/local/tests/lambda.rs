//! The Lambda service keeps Lambda's rules: one request at a time, work after the answer, freezing,
//! timeouts, crashes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chat_local::lambda::{InvokeError, Lambda};
use fixture::{SOON, function, invoke, start, until};
use serde_json::{Value, json};

/// What is promised to whoever stops the stack.
const STOP_LIMIT: Duration = Duration::from_secs(5);

fn statistics(lambda: &Lambda) -> chat_local::lambda::FunctionStatistics {
    lambda.functions().remove(0)
}

/// The state of a process as in `/proc/<pid>/stat`: `T` when it is stopped.
fn process_state(pid: &Value) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_returns_before_the_work_after_it_ends() {
    let lambda = start(vec![function("f")], 1).await;
    invoke(&lambda, "f", json!({})).await.unwrap();
    let work = Duration::from_millis(1_500);
    let asked = Instant::now();
    let event = json!({"work_after_answer_ms": work.as_millis()});
    invoke(&lambda, "f", event).await.unwrap();
    assert!(asked.elapsed() < work, "{:?}", asked.elapsed());
    assert_eq!(statistics(&lambda).busy, 1, "the environment is at work after its answer");

    let next = invoke(&lambda, "f", json!({})).await.unwrap();
    assert!(asked.elapsed() >= work, "the next request waited for the extension");
    assert_eq!(next["after_answer"], 1);
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_merely_spawned_is_frozen_with_the_environment() {
    let lambda = start(vec![function("f")], 1).await;
    let event = json!({"command": "spawn", "ms": 1_000});
    let pid = invoke(&lambda, "f", event).await.unwrap()["pid"].clone();
    until("the process is stopped", async || process_state(&pid) == Some('T')).await;
    // Longer than the task sleeps: awake, it would have ended by now.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let mut took = 0;
    until("the task has gone on", async || {
        let next = invoke(&lambda, "f", json!({"command": "sleep", "ms": 20})).await.unwrap();
        assert_eq!(next["pid"], pid);
        took = next["spawned_task_took_ms"].as_u64().unwrap();
        took > 0
    })
    .await;
    assert!(took >= 1_500, "the task went on only with the next request, after {took} ms");
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_has_one_request_at_a_time_and_others_start_on_demand() {
    let lambda = start(vec![function("f")], 3).await;
    // Longer than the environments' starts differ, so that each gets its share.
    let sleeps = || invoke(&lambda, "f", json!({"command": "sleep", "ms": 1_000}));
    let answers = tokio::join!(sleeps(), sleeps(), sleeps(), sleeps(), sleeps(), sleeps());
    let answers = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5];
    let pids: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| answer.as_ref().unwrap()["pid"].as_u64()).collect();
    assert_eq!(pids.len(), 3, "no more environments than allowed");
    assert_eq!(statistics(&lambda).cold_starts, 3);
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_that_was_used_last_is_used_first() {
    let lambda = start(vec![function("f")], 2).await;
    let both = async |first: u64, second: u64| {
        let slow = invoke(&lambda, "f", json!({"command": "sleep", "ms": first}));
        let fast = invoke(&lambda, "f", json!({"command": "sleep", "ms": second}));
        let (slow, fast) = tokio::join!(slow, fast);
        until("both are idle", async || statistics(&lambda).busy == 0).await;
        (slow.unwrap()["pid"].clone(), fast.unwrap()["pid"].clone())
    };
    until("both are warm", async || {
        let (slow, fast) = both(100, 100).await;
        slow != fast
    })
    .await;
    let (last, _) = both(1_000, 10).await;
    for _ in 0..3 {
        assert_eq!(invoke(&lambda, "f", json!({})).await.unwrap()["pid"], last);
        until("it is idle", async || statistics(&lambda).busy == 0).await;
    }
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_the_caller_has_an_error_and_the_next_request_succeeds() {
    let lambda = start(vec![function("f")], 1).await;
    let before = invoke(&lambda, "f", json!({})).await.unwrap();
    let crashed = invoke(&lambda, "f", json!({"command": "crash"})).await;
    assert!(matches!(crashed, Err(InvokeError::Crashed(_))), "{crashed:?}");
    let after = invoke(&lambda, "f", json!({})).await.unwrap();
    assert_ne!(before["pid"], after["pid"]);
    assert_eq!(after["invocations"], 1);
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_exceeds_its_timeout_is_killed_at_the_deadline() {
    let mut function = function("f");
    function.timeout = Duration::from_secs(1);
    let lambda = start(vec![function], 1).await;
    let before = invoke(&lambda, "f", json!({})).await.unwrap();
    let asked = Instant::now();
    let answer = invoke(&lambda, "f", json!({"command": "sleep", "ms": 60_000})).await;
    assert_eq!(answer, Err(InvokeError::Timeout(Duration::from_secs(1))));
    let took = asked.elapsed();
    assert!((Duration::from_millis(990)..SOON).contains(&took), "{took:?}");
    until("the process is gone", async || process_state(&before["pid"]).is_none()).await;
    invoke(&lambda, "f", json!({})).await.unwrap();
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_after_the_answer_ends_at_the_deadline_too() {
    let mut function = function("f");
    function.timeout = Duration::from_secs(1);
    let lambda = start(vec![function], 1).await;
    let before = invoke(&lambda, "f", json!({"work_after_answer_ms": 60_000})).await.unwrap();
    let next = invoke(&lambda, "f", json!({})).await.unwrap();
    assert_ne!(before["pid"], next["pid"]);
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_beyond_the_environments_waits_until_its_own_deadline() {
    let lambda = start(vec![function("f")], 1).await;
    let busy = invoke(&lambda, "f", json!({"command": "sleep", "ms": 60_000}));
    let waiting = async {
        until("the environment is busy", async || statistics(&lambda).busy == 1).await;
        lambda.invoke("f", Bytes::from_static(b"{}"), Some(Duration::from_millis(100))).await
    };
    tokio::select! {
        _ = busy => panic!("it sleeps"),
        waiting = waiting => assert_eq!(waiting, Err(InvokeError::NoEnvironment)),
    }
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_error_reaches_the_caller_with_its_message() {
    let lambda = start(vec![function("f")], 1).await;
    let Err(error) = invoke(&lambda, "f", json!({"command": "fail", "message": "as told"})).await
    else {
        panic!()
    };
    let payload: Value = serde_json::from_slice(&error.payload()).unwrap();
    assert_eq!(payload["errorMessage"], "as told");
    assert!(matches!(invoke(&lambda, "nobody", json!({})).await, Err(InvokeError::NoSuchFunction)));
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_a_function_ends_busy_and_idle_environments() {
    let lambda = start(vec![function("f")], 2).await;
    let long = invoke(&lambda, "f", json!({"command": "sleep", "ms": 60_000}));
    let (busy, (idle, killed)) = tokio::join!(long, async {
        until("one is busy", async || statistics(&lambda).busy == 1).await;
        let idle = invoke(&lambda, "f", json!({})).await.unwrap();
        until("the other is idle", async || statistics(&lambda).busy == 1).await;
        (idle, lambda.kill("f"))
    });
    assert!(matches!(busy, Err(InvokeError::Crashed(_))), "{busy:?}");
    assert_eq!((killed, lambda.kill("nobody")), (Some(2), None));
    until("the process is gone", async || process_state(&idle["pid"]).is_none()).await;
    assert!(invoke(&lambda, "f", json!({})).await.is_ok());
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_never_becomes_ready_fails_its_request() {
    let mut function = function("f");
    function.environment.insert("FIXTURE_INIT".to_owned(), "exit".to_owned());
    let lambda = start(vec![function], 1).await;
    for _ in 0..2 {
        let answer = invoke(&lambda, "f", json!({})).await;
        assert!(matches!(answer, Err(InvokeError::Crashed(_))), "{answer:?}");
    }
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_sees_its_own_variables_and_not_the_stacks() {
    let mut function = function("f");
    function.environment.insert("OWN".to_owned(), "value".to_owned());
    let lambda = start(vec![function], 1).await;
    let variables = invoke(&lambda, "f", json!({"command": "environment"})).await.unwrap();
    assert_eq!(variables["OWN"], "value");
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_NAME"], "f");
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "128");
    assert!(variables.get("CARGO_MANIFEST_DIR").is_none(), "cargo gave it to the stack only");
    lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_leaves_no_process() {
    let lambda = start(vec![function("f"), function("g")], 2).await;
    let idle = invoke(&lambda, "f", json!({})).await.unwrap();
    let (busy, stopped) =
        tokio::join!(invoke(&lambda, "g", json!({"command": "sleep", "ms": 60_000})), async {
            until("a request is at work", async || lambda.functions()[1].busy == 1).await;
            let asked = Instant::now();
            lambda.stop().await;
            asked.elapsed()
        });
    assert!(busy.is_err() && stopped < STOP_LIMIT, "{busy:?} {stopped:?}");
    assert_eq!(process_state(&idle["pid"]), None);
    assert_eq!(invoke(&lambda, "f", json!({})).await, Err(InvokeError::NoEnvironment));
}

/// Not a test of its own: what the next one runs as another process, to kill it.
#[tokio::test(flavor = "multi_thread")]
async fn be_a_stack_until_killed() {
    if std::env::var_os("BE_A_STACK").is_none() {
        return;
    }
    let lambda = start(vec![function("f")], 2).await;
    let idle = invoke(&lambda, "f", json!({})).await.unwrap();
    println!("\npid {}", idle["pid"]);
    until("it is killed", async || false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_end_with_the_stack_even_when_it_is_killed() {
    let mut stack = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "be_a_stack_until_killed", "--nocapture"])
        .env("BE_A_STACK", "yes")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(stack.stdout.take().unwrap()).lines();
    let pid = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("pid ").map(str::to_owned))
        .unwrap();
    let pid: Value = pid.parse().unwrap();
    until("the function is frozen", async || process_state(&pid) == Some('T')).await;
    stack.kill().unwrap();
    stack.wait().unwrap();
    until("the function is gone", async || matches!(process_state(&pid), None | Some('Z'))).await;
}
