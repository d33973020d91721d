//! Catching up with few and with many sessions, of which ten changed.

use crate::{
    environment::Function,
    event::{self, Caller},
    large_database,
    place::Place,
    plans,
    report::Report,
    statistics::percentile,
};
use rand::random_range;
use serde_json::Value;
use tokio_postgres::Client;

/// What the service runs for a page.
const PAGE: &str = include_str!("../../../shared/src/store/sync/page.sql");

const ROUNDS: usize = 9;
const CATCH_UPS: usize = 60;
const CHANGED: i64 = 10;
/// An absence in which this many sessions changed …
const MANY_CHANGED: i64 = 200;
/// … is over after so many calls.
const MOST_CALLS: usize = 4;

/// Dentists, what they have, and their first and last session; `sql/history.sql` makes them.
const INBOXES: [(i64, &str, i64, i64); 2] =
    [(4, "50 sessions", 10_001, 10_050), (5, "20,000 sessions", 20_001, 40_000)];

/// Each round: both dentists catch up with ten sessions that changed.
pub async fn run(place: &Place) -> Report {
    large_database::fill(place).await;
    let function = place.function("sync", 1, &[]).await;
    let service = place.service().await;
    // Unread messages are what the total on the app's icon is counted by: as few as people leave them, and
    // the same number for both.
    let read = "UPDATE chat_sessions SET dentist_unread_count = 0, dentist_read_seq = last_seq
                WHERE dentist_id = 4 AND id > 10020 OR dentist_id = 5 AND id % 1000 > 0";
    let database = place.stack.database().await;
    database.run(read).await;
    database.run("VACUUM ANALYZE chat_sessions").await;
    let mut times = INBOXES.map(|_| Vec::new());
    for round in 0..=ROUNDS {
        let took = catch_ups(&function, &service).await;
        // The first round warms everything up.
        if round > 0 {
            for (times, took) in times.iter_mut().zip(took) {
                times.push(percentile(&took, 50));
            }
        }
    }
    let calls = calls_after_an_absence(&function, &service).await;
    function.stop().await;
    let mut report = Report::new("sync", work(), ROUNDS);
    let medians: Vec<f64> = INBOXES
        .iter()
        .zip(times)
        .map(|((_, inbox, ..), times)| report.row(format!("sync, {inbox}"), "ms", times))
        .collect();
    let most = medians.iter().copied().fold(0.0, f64::max);
    let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
    report.at_most("largest ÷ smallest", most / least, 1.2);
    let calls = report.row("calls after an absence", "calls", vec![calls]);
    report.at_most("calls after 200 of 20,000 sessions changed", calls, 4.0);
    note_plans(&service, &mut report).await;
    report
}

/// A round: each catches up after each change, in turn, so that whatever else the machine does meets both.
async fn catch_ups(function: &Function, service: &Client) -> [Vec<f64>; 2] {
    let mut cursors = Vec::new();
    for (dentist, ..) in INBOXES {
        cursors.push(now(function, service, &Caller::dentist(dentist)).await);
    }
    let mut took = INBOXES.map(|_| Vec::new());
    for _ in 0..CATCH_UPS {
        for (index, (dentist, _, first, last)) in INBOXES.into_iter().enumerate() {
            change(service, first, last, CHANGED).await;
            let event = event::sync(&Caller::dentist(dentist), Some(&cursors[index]));
            let answer = function.invoke(event).await.expect(200);
            let count = answer.body["changes"].as_array().map(Vec::len);
            assert_eq!(count, usize::try_from(CHANGED).ok(), "what changed");
            cursors[index] = next(&answer.body);
            took[index].push(answer.took);
            function.rest().await;
        }
    }
    took
}

/// A new message in each of so many sessions, in transactions of their own.
async fn change(service: &Client, first: i64, last: i64, count: i64) {
    let sql = "WITH numbered AS (
            UPDATE chat_sessions SET last_seq = last_seq + 1, dentist_read_seq = last_seq + 1,
                updated_at = clock_timestamp(),
                changed_in = greatest(changed_in, pg_current_xact_id())
            WHERE id = $1 RETURNING id, last_seq, dentist_id)
        INSERT INTO chat_messages
            (session_id, seq, sender_type, sender_id, client_message_id, content)
        SELECT id, last_seq, 'dentist', dentist_id, gen_random_uuid(), 'Good morning!' FROM numbered";
    let statement = service.prepare(sql).await.expect("the statement is valid");
    let start = random_range(0..=last - first);
    for step in 0..count {
        // Far from one another, and none twice.
        let session = first + (start + step * ((last - first + 1) / count)) % (last - first + 1);
        service.execute(&statement, &[&session]).await.expect("a session can change");
    }
}

/// The cursor of someone who knows everything: a first start's, with its position put at the end. Reading
/// 20,000 sessions page by page is what is not measured here.
async fn now(function: &Function, service: &Client, caller: &Caller) -> String {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    let first = function.invoke(event::sync(caller, None)).await.expect(200);
    function.rest().await;
    let decoded = BASE64.decode(next(&first.body)).expect("a cursor is base64");
    let text = String::from_utf8(decoded).expect("a cursor is text");
    let parts: Vec<&str> = text.split('.').collect();
    let horizon = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text";
    let horizon: String = service.query_one(horizon, &[]).await.expect("a snapshot").get(0);
    BASE64.encode(format!("{}.{horizon}..changes.{horizon}.0", parts[..3].join(".")))
}

fn next(page: &Value) -> String {
    page["next"].as_str().expect("a page has a cursor").to_owned()
}

/// How many calls it takes to hear of many sessions.
async fn calls_after_an_absence(function: &Function, service: &Client) -> f64 {
    let (dentist, _, first, last) = INBOXES[1];
    let dentist = Caller::dentist(dentist);
    let mut cursor = now(function, service, &dentist).await;
    change(service, first, last, MANY_CHANGED).await;
    let mut found = 0;
    for calls in 1..=2 * MOST_CALLS {
        let page = function.invoke(event::sync(&dentist, Some(&cursor))).await.expect(200);
        function.rest().await;
        found += page.body["changes"].as_array().map_or(0, Vec::len);
        cursor = next(&page.body);
        if page.body["has_more"] == false {
            assert_eq!(i64::try_from(found), Ok(MANY_CHANGED), "each session once");
            return f64::from(u32::try_from(calls).expect("few calls"));
        }
    }
    f64::INFINITY
}

async fn note_plans(service: &Client, report: &mut Report) {
    let prepared = format!(
        "PREPARE sync (text, bigint, bigint, bigint, text, text, text, timestamptz, bigint, text, bigint) \
         AS {PAGE}"
    );
    let recent = "(pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 10)::text";
    let execute = |dentist: i64| {
        format!(
            "sync ('dentist', {dentist}, 50, NULL, {recent}, NULL, 'changes', NULL, NULL, {recent}, 0)"
        )
    };
    let (few, many) = (execute(4), execute(5));
    plans::note(service, report, &prepared, &[("50 sessions", &few), ("20,000 sessions", &many)])
        .await;
}

fn work() -> String {
    format!(
        "The median of {CATCH_UPS} catch-ups a round with {CHANGED} sessions that changed, a message each, \
         beside five million messages; the operation also asks Jarvis for the names."
    )
}
