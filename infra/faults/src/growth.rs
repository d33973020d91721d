//! What grows with the years: archiving beside very many sessions that are archived already, and a read
//! mark over very many messages with somebody writing beside it.

use chat_e2e::{Stack, eventually};
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// Idle sessions that a run of `archive-sessions` archives: several steps of it.
const IDLE: i64 = 1_000;
/// How much longer a run may take beside very many archived sessions than beside few.
const LONGEST_RATIO: f64 = 1.5;
/// What a run may take longer in any case, where runs are short.
const NOISE_MS: f64 = 300.0;
/// Runs of which the median counts.
const RUNS: usize = 5;
/// How long a mark may take: an operation's limit.
const MARKS_WITHIN: f64 = 3_500.0;
/// How many messages one statement may look at while their columns follow.
const LARGEST_STEP: i64 = 5_000;
/// How long somebody may wait who writes beside it.
const SENDS_WITHIN: f64 = 1_000.0;
/// How long its columns may take to follow, step by step, with a run a moment after the other.
const FOLLOWS_WITHIN: Duration = Duration::from_mins(10);

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Growth {
    /// Sessions that were archived already.
    pub archived_before: i64,
    /// Milliseconds of a run that archives [`IDLE`] sessions beside few archived ones …
    pub beside_few_ms: f64,
    /// … and beside all of them.
    pub beside_many_ms: f64,
    /// Messages that a mark went over.
    pub unread: i64,
    /// Milliseconds of that mark.
    pub mark_ms: f64,
    /// Statements in which its columns followed.
    pub steps: i64,
    /// Milliseconds of the slowest send to the session beside the mark and while its columns followed.
    pub slowest_send_ms: f64,
    /// How many sends that were.
    pub sends: usize,
    /// Promises that were broken.
    pub broken: Vec<String>,
}

/// Seeds so many archived sessions and so many unread messages. The stack archives after a day, has no limit
/// on a sender's pace, and runs nothing by the clock.
pub async fn grow(stack: &Stack, archived: i64, unread: i64) -> Growth {
    let beside_few_ms = archiving(stack).await;
    seed_archived(stack, archived).await;
    let beside_many_ms = archiving(stack).await;
    let Marked { mark_ms, steps, sends_ms } = mark(stack, unread).await;
    let slowest_send_ms = sends_ms.iter().copied().fold(0.0, f64::max);
    let promises = [
        (
            "a run of archive-sessions costs the same however many are archived",
            beside_many_ms <= beside_few_ms * LONGEST_RATIO + NOISE_MS,
        ),
        ("a mark is answered in time however many are unread", mark_ms < MARKS_WITHIN),
        ("no statement writes all columns of a mark", steps >= unread / LARGEST_STEP),
        ("a sender beside it waits less than a second", slowest_send_ms < SENDS_WITHIN),
    ];
    let broken = promises.iter().filter(|(_, holds)| !holds);
    let broken = broken.map(|(promise, _)| format!("growth: {promise}")).collect();
    Growth {
        archived_before: archived,
        beside_few_ms,
        beside_many_ms,
        unread,
        mark_ms,
        steps,
        slowest_send_ms,
        sends: sends_ms.len(),
        broken,
    }
}

/// The median of some runs that archive what is idle, in milliseconds.
async fn archiving(stack: &Stack) -> f64 {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        seed(stack, IDLE, "active", 2).await;
        let run = stack.run_schedule("archive-sessions").await;
        assert_eq!(run.expect(200)["archived"], IDLE);
        runs.push(run.took.as_secs_f64() * 1_000.0);
    }
    runs.sort_by(f64::total_cmp);
    runs[RUNS / 2]
}

/// Sessions that were archived over the years, in steps that a disk keeps up with.
async fn seed_archived(stack: &Stack, count: i64) {
    const STEP: i64 = 500_000;
    let mut left = count;
    while left > 0 {
        seed(stack, left.min(STEP), "archived", 1_000).await;
        left -= STEP;
        eprintln!("{} of {count} archived sessions are there", count - left.max(0));
    }
    stack.database().await.run("VACUUM (ANALYZE) chat_sessions").await;
}

/// Sessions of nobody in Jarvis, in which nothing has happened for so many days and longer.
async fn seed(stack: &Stack, count: i64, status: &str, days: i64) {
    let sql = format!(
        "INSERT INTO chat_sessions (customer_id, dentist_id, status, created_at, updated_at)
         SELECT -number, -number % 1000 - 2, '{status}', at, at
         FROM (SELECT number, now() - interval '{days} d' - number * interval '1 s' AS at
               FROM generate_series(1, {count}) AS number) AS seeded"
    );
    stack.database().await.run(&sql).await;
}

struct Marked {
    mark_ms: f64,
    steps: i64,
    sends_ms: Vec<f64>,
}

/// Marks very many messages as read while somebody writes, until the messages' columns have followed.
async fn mark(stack: &Stack, unread: i64) -> Marked {
    let (customer, dentist, session) = stack.conversation().await;
    customer.say(session, "Everything is warm.").await.is(201);
    dentist.mark_read(session, 1).await.is(200);
    seed_messages(stack, session, unread).await;
    let (last, steps_before) = (unread + 1, steps(stack).await);
    let is_over = tokio::sync::watch::Sender::new(false);
    let mut over = is_over.subscribe();
    let writer = tokio::spawn(async move {
        let mut sends_ms = Vec::new();
        while !*over.borrow_and_update() {
            let sent = customer.say(session, "And one more thing.").await;
            sent.is(201);
            sends_ms.push(sent.took.as_secs_f64() * 1_000.0);
        }
        sends_ms
    });
    let began = Instant::now();
    dentist.mark_read(session, last).await.is(200);
    let mark_ms = began.elapsed().as_secs_f64() * 1_000.0;
    eventually("columns that have followed", FOLLOWS_WITHIN, async || {
        stack.redeliver().await;
        let left = stack.database().await.number("SELECT count(*) FROM read_marks").await;
        (left == 0).then_some(())
    })
    .await;
    is_over.send_replace(true);
    let sends_ms = writer.await.expect("the writer lives");
    Marked { mark_ms, steps: steps(stack).await - steps_before, sends_ms }
}

/// How many statements have found columns to write for a mark that put them off: each answers with a row.
async fn steps(stack: &Stack) -> i64 {
    let sql = "SELECT coalesce(sum(rows), 0)::bigint FROM pg_stat_statements
               WHERE userid = 'chat_service'::regrole AND query LIKE '%FROM read_marks%SKIP LOCKED%'";
    stack.database().await.number(sql).await
}

/// Messages of the customer's that nobody has read, after the first.
async fn seed_messages(stack: &Stack, session: i64, count: i64) {
    let sql = format!(
        "INSERT INTO chat_messages
             (session_id, seq, sender_type, sender_id, client_message_id, content, sender_count)
         SELECT id, seq, 'customer', customer_id, gen_random_uuid(), 'message ' || seq, seq
         FROM chat_sessions, generate_series(2, {count} + 1) AS seq WHERE id = {session};
         UPDATE chat_sessions
         SET last_seq = {count} + 1, dentist_unread_count = {count}, customer_count = {count} + 1
         WHERE id = {session}"
    );
    let database = stack.database().await;
    database.run(&sql).await;
    database.run("ANALYZE chat_messages").await;
}
